-- Adds the standings of the work items that are new in the plan, in its order.
INSERT INTO standing (work_item, variant, repeat, step, planned, input_row, row_group, position, images, task, cache_id,
                      round, sample, status, attempts, open_sources, handed_on)
SELECT work_item, 1, 1, :step, 1, input_row, row_group, position, images, :task, cache_id, nullif(:floor, 0), 1,
       'pending',
       0, 0, :handed_on
FROM temp.planned WHERE is_new = 1 ORDER BY position
