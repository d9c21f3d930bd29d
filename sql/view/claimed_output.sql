-- The accepted output at a standing, or else the one that its last attempt was rejected with.
SELECT coalesce(cache_entry.output, attempt.output) AS output
FROM standing
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN attempt ON attempt.id = standing.last_attempt
WHERE standing.id = :standing
