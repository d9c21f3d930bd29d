-- Takes work items out of the plan that nothing asks for any more; their record stays.
UPDATE work_item SET planned = 0
WHERE step = :step AND planned = 1
  AND NOT EXISTS (SELECT 1 FROM temp.planned WHERE planned.work_id = work_item.work_id)
