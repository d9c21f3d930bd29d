-- The attempt whose output a decision on a standing is about, with that output or the answer that it is in: the one that
-- it stands by, else the latest one that led to an accepted output, else the latest one with a valid output. Attempts of
-- earlier rounds count where a decision is in force that was about them.
SELECT attempt.id, attempt.request, attempt.response, response.answer, response.finish,
       coalesce(cache_entry.output, attempt.output) AS output
FROM standing
JOIN attempt ON attempt.work_item = standing.work_item
LEFT JOIN decision ON decision.attempt = standing.last_attempt
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN cache_entry ON cache_entry.work_item = attempt.work_item AND cache_entry.attempt = attempt.id
WHERE standing.id = :standing AND attempt.cache_id = standing.cache_id
  AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = standing.sample
  AND (coalesce(attempt.round, 0) >= coalesce(standing.round, 0)
       OR attempt.id = standing.last_attempt OR attempt.id = decision.looked_at)
  AND attempt.outcome IN (SELECT value FROM json_each(:valid))
ORDER BY (cache_entry.id = standing.cache_entry) IS TRUE DESC, cache_entry.id IS NOT NULL DESC, attempt.id DESC LIMIT 1
