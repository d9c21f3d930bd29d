-- Opens the standings of a step whose exact tasks the plan has changed, in the newest round in which each was tried
-- (not before :floor, nor before it was set aside) and with the newest sample.
UPDATE standing
SET status = 'pending', reason = NULL, attempts = 0, last_attempt = NULL, cache_entry = NULL, handed_on = 0,
    task = :task, cache_id = planned.cache_id, images = planned.images,
    round = nullif(max(:floor, coalesce(standing.set_aside, 0), (
        SELECT coalesce(max(attempt.round), 0) FROM attempt
        WHERE attempt.work_item = standing.work_item AND attempt.cache_id = planned.cache_id
    )), 0),
    sample = coalesce((
        SELECT max(attempt.sample - coalesce(attempt.candidate, 1) + 1) FROM attempt
        WHERE attempt.work_item = standing.work_item AND attempt.cache_id = planned.cache_id
    ), standing.sample)
FROM temp.planned
WHERE standing.work_item = planned.work_item AND standing.variant = (SELECT variant FROM step WHERE id = :step)
  AND standing.repeat = (SELECT repeat FROM step WHERE id = :step)
  AND standing.cache_id <> planned.cache_id
