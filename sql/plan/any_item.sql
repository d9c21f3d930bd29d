-- Whether the record has any work item at all.
SELECT EXISTS (SELECT 1 FROM work_item) AS any
