-- Marks what open standings of a step are made from to be handed on again, where these have another task than :task.
UPDATE standing SET handed_on = 0
WHERE handed_on <> 0 AND id IN (
    SELECT edge.parent
    FROM standing AS child CROSS JOIN edge ON edge.child = child.id
    WHERE child.step = :step AND child.planned = 1 AND child.status = 'pending' AND child.task <> :task
)
