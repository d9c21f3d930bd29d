-- Opens every decided work item of the plan again; how many attempts it took stays, and a replay may take as many.
UPDATE work_item SET status = 'pending', last_attempt = NULL, cache_entry = NULL
WHERE planned = 1 AND status <> 'pending'
