-- Sets the position of a step in the task.
UPDATE step SET position = :position
WHERE name = :name AND variant = :variant AND repeat = :repeat AND position <> :position
