-- Marks what the chosen standings without an exact task are made from to be handed on again: nothing else tells these
-- where their sources leave them.
UPDATE standing SET handed_on = 0
WHERE handed_on <> 0 AND id IN (
    SELECT edge.parent
    FROM temp.chosen
    CROSS JOIN standing AS child ON child.id = chosen.id
    CROSS JOIN edge ON edge.child = child.id
    WHERE child.planned = 1 AND child.cache_id = ''
)
