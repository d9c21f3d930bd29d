-- Where a work item stands under a variant in a repeat, with its accepted output. Asked of another run file, by the id. Of
-- one that a person decided on, what the model had come to is what counts.
SELECT CASE
           WHEN decision.id IS NULL THEN standing.status
           WHEN cache_entry.id IS NOT NULL THEN 'accepted'
           ELSE 'rejected'
       END AS status,
       cache_entry.output
FROM work_item
CROSS JOIN standing ON standing.work_item = work_item.id AND standing.variant = :variant AND standing.repeat = :repeat
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
WHERE substr(work_item.work_id, 1, 16) = substr(:work_id, 1, 16) AND work_item.work_id = :work_id
  AND standing.planned = 1
