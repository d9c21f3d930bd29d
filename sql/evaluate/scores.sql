-- The scores that a metric's step gave, each with the work item that it scored. Of one that is not decided there is no row,
-- and of one that failed no score. Of a work item that a person decided on, the score is that of what the model had come to.
-- The order does not matter.
SELECT parent.work_item, cache_entry.output ->> '$.score' AS score
FROM standing
CROSS JOIN edge ON edge.child = standing.id
CROSS JOIN standing AS parent ON parent.id = edge.parent
LEFT JOIN decision ON decision.attempt = parent.last_attempt
LEFT JOIN cache_entry ON cache_entry.id = CASE
    WHEN decision.id IS NULL THEN standing.cache_entry
    ELSE (
        SELECT max(entry.id)
        FROM attempt AS scored
        CROSS JOIN attempt_input ON attempt_input.attempt = scored.id
        CROSS JOIN cache_entry AS source ON source.id = attempt_input.cache_entry
        CROSS JOIN attempt AS own ON own.id = source.attempt
        CROSS JOIN cache_entry AS entry ON entry.work_item = scored.work_item AND entry.attempt = scored.id
        WHERE scored.work_item = standing.work_item AND scored.task = standing.task AND scored.outcome = 'accepted'
          AND own.work_item = parent.work_item AND own.cache_id = parent.cache_id AND own.outcome = 'accepted'
          AND own.sample - coalesce(own.candidate, 1) + 1 = parent.sample AND own.id < parent.last_attempt
    )
END
WHERE standing.step = :step AND standing.planned = 1 AND standing.status NOT IN ('pending', 'skipped')
