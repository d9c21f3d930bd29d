-- The work items of a step with their accepted outputs, their rows or groups and the gold answers of these, in the order of
-- the plan. Of one that a person decided on, what the model had come to is what counts.
SELECT standing.work_item,
       CASE
           WHEN decision.id IS NULL THEN standing.status
           WHEN cache_entry.id IS NOT NULL THEN 'accepted'
           ELSE 'rejected'
       END AS status,
       cache_entry.output, input_row.fields, row_group.group_key, row_group.row_count, gold_answer.answer
FROM standing
LEFT JOIN decision ON decision.attempt = standing.last_attempt
LEFT JOIN cache_entry ON cache_entry.id = CASE
    WHEN decision.id IS NULL THEN standing.cache_entry
    ELSE (
        SELECT max(entry.id)
        FROM attempt AS own
        CROSS JOIN cache_entry AS entry ON entry.work_item = own.work_item AND entry.attempt = own.id
        WHERE own.work_item = standing.work_item AND own.cache_id = standing.cache_id AND own.outcome = 'accepted'
          AND own.sample - coalesce(own.candidate, 1) + 1 = standing.sample AND own.id < standing.last_attempt
          AND own.round IS (
              SELECT newest.round FROM attempt AS newest
              WHERE newest.work_item = standing.work_item AND newest.cache_id = standing.cache_id
                AND newest.outcome <> 'human_accepted' AND newest.outcome <> 'human_rejected'
                AND newest.sample - coalesce(newest.candidate, 1) + 1 = standing.sample
                AND newest.id < standing.last_attempt
              ORDER BY newest.id DESC LIMIT 1
          )
    )
END
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN temp.gold_answer ON gold_answer.source = coalesce(input_row.row_id, row_group.group_key)
WHERE standing.step = :step AND standing.planned = 1 AND standing.position < :before
ORDER BY standing.position, standing.path, standing.work_item
