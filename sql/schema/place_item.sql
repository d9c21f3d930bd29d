-- Gives the work item that stands for the task itself its place in the plan, with what is asked about.
UPDATE work_item SET planned = 1, task = :task, item = :item WHERE id = :item_id
