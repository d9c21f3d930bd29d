-- Every step, in the order of the task: each after those that it takes from.
SELECT id, name, position FROM step ORDER BY position, id
