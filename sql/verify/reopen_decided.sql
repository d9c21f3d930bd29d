-- Opens every decided work item of the plan again, for the sample that decided it, which is an earlier one where the
-- record answered it. How many attempts it took stays: a replay may take as many. What was asked about the task as a
-- whole is none of its steps: its answers are read again where they are.
UPDATE work_item
SET status = 'pending', cache_entry = NULL, last_attempt = NULL,
    sample = coalesce((SELECT attempt.sample - coalesce(attempt.candidate, 1) + 1 FROM attempt WHERE attempt.id = work_item.last_attempt), sample)
WHERE planned = 1 AND status <> 'pending' AND source_kind <> 'task'
