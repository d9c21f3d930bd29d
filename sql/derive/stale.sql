-- Work items of a step from which another step has to make its work items anew: they are not as they were when it last
-- did so. In the order of the plan.
SELECT work_item.id
FROM work_item
LEFT JOIN derivation ON derivation.parent = work_item.id AND derivation.step = :step
WHERE work_item.step = :parent AND (work_item.planned = 1 OR derivation.planned = 1)
  AND (derivation.task, derivation.planned, derivation.status, derivation.cache_entry, derivation.input_row,
       derivation.row_group)
      IS NOT (:task, work_item.planned, work_item.status, work_item.cache_entry, work_item.input_row,
              work_item.row_group)
ORDER BY work_item.position, work_item.id
