-- Gives the work items that the run file does not have yet the next rowids, in the order of the plan.
UPDATE temp.planned
SET is_new = 1, work_item = numbered.work_item
FROM (
    SELECT position,
           (SELECT coalesce(max(id), 0) FROM work_item) + row_number() OVER (ORDER BY position) AS work_item
    FROM temp.planned WHERE work_item IS NULL
) AS numbered
WHERE numbered.position = planned.position
