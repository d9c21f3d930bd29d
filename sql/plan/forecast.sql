-- The state of each work item of a plan: `new`, `changed`, `open` and `again` are to be asked. `found` has what the run
-- file says of exact tasks, by plan position; `chosen` has what is to be tried again.
INSERT INTO temp.forecast (position, sample, state, tape_after)
SELECT planned.position, CASE WHEN coalesce(standing.round, 0) < :round THEN :sample + (:repeat - 1) * 1000000
       ELSE coalesce(standing.sample, 1 + (:repeat - 1) * 1000000) END,
       CASE
           WHEN standing.id IS NULL THEN 'new'
           WHEN coalesce(standing.round, 0) < :round THEN 'again'
           WHEN standing.cache_id = planned.cache_id AND standing.status = 'accepted' THEN 'accepted'
           WHEN found.id IS NOT NULL THEN found.status
           WHEN standing.cache_id <> planned.cache_id THEN 'changed'
           WHEN standing.status = 'pending' THEN 'open'
           WHEN chosen.id IS NOT NULL THEN 'again'
           ELSE standing.status
       END,
       coalesce((SELECT round.invocation FROM round WHERE round.id = standing.tape_aside), 0)
FROM temp.planned
LEFT JOIN standing ON standing.work_item = planned.work_item AND standing.variant = :variant
    AND standing.repeat = :repeat
LEFT JOIN temp.found ON found.id = planned.position
LEFT JOIN temp.chosen ON chosen.id = standing.id
