-- Marks the work items that the record already has.
UPDATE temp.planned SET known = 1 FROM work_item
WHERE work_item.step = :step AND work_item.work_id = planned.work_id
