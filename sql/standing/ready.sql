-- Opens a standing for an exact task: in the given round and with the given sample, otherwise in the newest round in
-- which that task was tried (not before :floor, nor before it was set aside) and with the newest sample. Each
-- repeat has a million sample numbers of its own.
UPDATE standing
SET status = 'pending', reason = NULL, attempts = 0, last_attempt = NULL, cache_entry = NULL, handed_on = 0,
    task = :task, cache_id = :cache_id,
    round = coalesce(max(:round, coalesce(set_aside, 0)), nullif(max(:floor, coalesce(set_aside, 0), (
        SELECT coalesce(max(attempt.round), 0) FROM attempt
        WHERE attempt.work_item = standing.work_item AND attempt.cache_id = :cache_id
    )), 0)),
    sample = coalesce(:sample + (repeat - 1) * 1000000, (
        SELECT max(attempt.sample - coalesce(attempt.candidate, 1) + 1) FROM attempt
        WHERE attempt.work_item = standing.work_item AND attempt.cache_id = :cache_id
    ), sample)
WHERE id = :standing
