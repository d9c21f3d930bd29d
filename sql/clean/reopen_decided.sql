-- Opens every work item again, those outside the plan too; the tape answers what it was asked before.
UPDATE work_item SET status = 'pending', attempts = 0, last_attempt = NULL, cache_entry = NULL
WHERE status <> 'pending'
