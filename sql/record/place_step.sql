-- Sets the position of a step in the task.
UPDATE step SET position = :position WHERE name = :name AND position <> :position
