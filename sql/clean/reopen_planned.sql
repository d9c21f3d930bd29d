-- Opens every work item of the plan again; the tape answers what it was asked before.
UPDATE work_item SET status = 'pending', attempts = 0, last_attempt = NULL, cache_entry = NULL
WHERE planned = 1 AND status <> 'pending'
