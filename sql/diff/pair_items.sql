-- Pairs the work items of both plans by their ids, each plan under a variant in a repeat, and says how status, output and
-- verdict of each compare. Metrics that ask a model are no steps of the task.
WITH pair AS (
    SELECT work_id, max(a) AS a, max(b) AS b
    FROM (
        SELECT item.work_id, standing.id AS a, NULL AS b
        FROM a.standing CROSS JOIN a.work_item AS item ON item.id = standing.work_item
        CROSS JOIN a.step ON step.id = standing.step
        WHERE standing.planned = 1 AND standing.variant = :variant_a AND standing.repeat = :repeat
          AND step.name NOT LIKE 'metric:%'
        UNION ALL
        SELECT item.work_id, NULL, standing.id
        FROM b.standing CROSS JOIN b.work_item AS item ON item.id = standing.work_item
        CROSS JOIN b.step ON step.id = standing.step
        WHERE standing.planned = 1 AND standing.variant = :variant_b AND standing.repeat = :repeat
          AND step.name NOT LIKE 'metric:%'
    )
    GROUP BY work_id
)
INSERT INTO temp.item_pair (work_id, a, b, output, verdict)
SELECT pair.work_id, pair.a, pair.b,
       CASE
           WHEN pair.b IS NULL THEN 'removed'
           WHEN pair.a IS NULL THEN 'added'
           WHEN one.status = two.status AND entry_one.output IS entry_two.output THEN 'equal'
           ELSE 'changed'
       END,
       CASE
           WHEN pair.a IS NULL OR pair.b IS NULL THEN NULL
           WHEN last_one.verdict IS NULL AND last_two.verdict IS NULL THEN NULL
           WHEN last_two.verdict IS NULL THEN 'removed'
           WHEN last_one.verdict IS NULL THEN 'added'
           WHEN last_one.verdict = last_two.verdict AND last_one.score IS last_two.score THEN 'equal'
           ELSE 'changed'
       END
FROM pair
LEFT JOIN a.standing AS one ON one.id = pair.a
LEFT JOIN a.cache_entry AS entry_one ON entry_one.id = one.cache_entry
LEFT JOIN a.attempt AS last_one ON last_one.id = one.last_attempt
LEFT JOIN b.standing AS two ON two.id = pair.b
LEFT JOIN b.cache_entry AS entry_two ON entry_two.id = two.cache_entry
LEFT JOIN b.attempt AS last_two ON last_two.id = two.last_attempt
