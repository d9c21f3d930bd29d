-- The scores that each judge gave for each criterion of its rubric to the current attempts, in the order of judge,
-- criterion and score. A verdict that was used for several attempts counts once.
SELECT verdict.judge, score.key AS criterion, CAST(score.value AS REAL) AS score, count(DISTINCT verdict.response) AS verdicts
FROM verdict
JOIN attempt ON attempt.id = verdict.attempt
JOIN standing ON standing.work_item = attempt.work_item AND standing.variant = 1 AND standing.repeat = 1
JOIN json_each(verdict.scores) AS score
WHERE verdict.scores IS NOT NULL
    AND standing.planned = 1
    AND attempt.cache_id = standing.cache_id
    AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = standing.sample
    AND (standing.last_attempt IS attempt.id OR coalesce(attempt.round, 0) >= coalesce(standing.round, 0))
GROUP BY verdict.judge, score.key, CAST(score.value AS REAL)
ORDER BY verdict.judge, score.key, CAST(score.value AS REAL)
