-- Gives a work item its place and source in the plan.
UPDATE work_item
SET planned = 1, task = :task, input_row = :input_row, row_group = :row_group, item = :item, path = :path
WHERE id = :item_id
