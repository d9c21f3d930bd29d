-- What the present attempts of a variant used: of the task, or of the metrics that ask a model. A response counts once,
-- whoever paid for it; one that is no answer and has no price was free.
WITH tried AS (
    SELECT attempt.id, attempt.response
    FROM step
    CROSS JOIN standing ON standing.step = step.id
    CROSS JOIN attempt ON attempt.work_item = standing.work_item
    WHERE step.variant = :variant AND step.repeat <= :repeats AND step.position >= 0
      AND (substr(step.name, 1, 7) = 'metric:') = :is_judging
      AND standing.position < :before
      AND standing.planned = 1 AND attempt.cache_id = standing.cache_id
      AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = standing.sample
      AND (coalesce(standing.last_attempt, 0) = attempt.id
           OR coalesce(attempt.round, 0) >= coalesce(standing.round, 0))
),
used AS (
    SELECT response FROM tried WHERE response IS NOT NULL
    UNION
    SELECT verdict.response FROM tried CROSS JOIN verdict ON verdict.attempt = tried.id
)
SELECT count(*) FILTER (WHERE response.answer IS NOT NULL OR response.cost_usd IS NOT NULL) AS answers,
       count(response.cost_usd) AS priced,
       coalesce(sum(CAST(round(response.cost_usd * 1e12) AS INTEGER)), 0) AS pico_usd,
       count(response.duration_ms) AS timed, coalesce(sum(response.duration_ms), 0) AS duration_ms,
       count(response.input_tokens) AS counted_input, coalesce(sum(response.input_tokens), 0) AS input_tokens,
       count(response.output_tokens) AS counted_output, coalesce(sum(response.output_tokens), 0) AS output_tokens
FROM used CROSS JOIN response ON response.id = used.response
