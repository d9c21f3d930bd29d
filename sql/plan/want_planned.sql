-- Wants the exact tasks of a plan that are not decided to be looked up, each in the round and with the sample that it
-- would be opened with.
INSERT INTO temp.wanted (id, work_item, cache_id, round, sample, tape_round, variant, repeat)
SELECT planned.position, planned.work_item, planned.cache_id,
       CASE
           WHEN standing.cache_id = planned.cache_id THEN coalesce(standing.round, 0)
           ELSE max(:floor, coalesce(standing.set_aside, 0), (
               SELECT coalesce(max(attempt.round), 0) FROM attempt
               WHERE attempt.work_item = planned.work_item AND attempt.cache_id = planned.cache_id
           ))
       END,
       CASE
           WHEN standing.cache_id = planned.cache_id THEN standing.sample
           ELSE coalesce((
               SELECT max(attempt.sample - coalesce(attempt.candidate, 1) + 1) FROM attempt
               WHERE attempt.work_item = planned.work_item AND attempt.cache_id = planned.cache_id
           ), standing.sample)
       END,
       coalesce(standing.tape_aside, 0), standing.variant, standing.repeat
FROM temp.planned
CROSS JOIN standing ON standing.work_item = planned.work_item AND standing.variant = (SELECT variant FROM step WHERE id = :step)
    AND standing.repeat = (SELECT repeat FROM step WHERE id = :step)
WHERE standing.cache_id <> planned.cache_id OR standing.status = 'pending'
