-- The id of a work item.
SELECT work_id FROM work_item WHERE id = :work_item
