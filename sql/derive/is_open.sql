-- Whether any work item of a step is open.
SELECT EXISTS (SELECT 1 FROM work_item WHERE step = :step AND planned = 1 AND status = 'pending') AS any
