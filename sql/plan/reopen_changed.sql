-- Opens known work items again whose exact task is another one now, with the newest sample that was asked for it.
UPDATE work_item
SET task = :task, cache_id = planned.cache_id, images = planned.images, status = 'pending', attempts = 0,
    last_attempt = NULL, cache_entry = NULL,
    sample = coalesce(
        (SELECT max(attempt.sample - coalesce(attempt.candidate, 1) + 1) FROM attempt
         WHERE attempt.work_item = work_item.id AND attempt.cache_id = planned.cache_id),
        work_item.sample
    )
FROM temp.planned
WHERE work_item.step = :step AND work_item.work_id = planned.work_id AND work_item.cache_id <> planned.cache_id
