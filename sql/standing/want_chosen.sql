-- Wants the exact tasks of the chosen standings to be looked up.
INSERT INTO temp.wanted (id, work_item, cache_id, round, sample, tape_round, variant, repeat)
SELECT standing.id, standing.work_item, standing.cache_id, coalesce(standing.round, 0), standing.sample,
       coalesce(standing.tape_aside, 0), standing.variant, standing.repeat
FROM temp.chosen CROSS JOIN standing ON standing.id = chosen.id
