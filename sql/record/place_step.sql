-- Gives a step its place among those of the task.
UPDATE step SET position = :position WHERE name = :name AND position <> :position
