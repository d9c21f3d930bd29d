-- Whether the run file has any work item.
SELECT EXISTS (SELECT 1 FROM work_item) AS any
