-- The outputs that an attempt was made from, in order. Of one whose lines have moved since, it is the output with the
-- present lines.
SELECT coalesce(present.id, entry.id) AS cache_entry
FROM attempt_input
CROSS JOIN cache_entry AS entry ON entry.id = attempt_input.cache_entry
LEFT JOIN standing ON entry.first_line IS NOT NULL AND standing.work_item = entry.work_item
    AND standing.variant = :variant AND standing.repeat = :repeat
LEFT JOIN cache_entry AS present ON present.id = standing.cache_entry AND present.attempt = entry.attempt
WHERE attempt_input.attempt = :attempt ORDER BY attempt_input.number
