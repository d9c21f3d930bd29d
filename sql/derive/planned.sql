-- The work items of a step that are planned.
SELECT id FROM work_item WHERE step = :step AND planned = 1 ORDER BY id
