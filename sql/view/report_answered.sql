-- The models whose answers decided the work items, with the parameters that were sent to them, in the order of the number of answers, most first.
WITH given AS (
    SELECT attempt.response AS id
    FROM standing JOIN attempt ON attempt.id = standing.last_attempt
    WHERE standing.planned = 1
    UNION ALL
    SELECT verdict.response
    FROM standing JOIN verdict ON verdict.attempt = standing.last_attempt
    WHERE standing.planned = 1
)
SELECT spec.provider, coalesce(response.model, spec.model) AS model, call.purpose, count(*) AS answers,
       CASE WHEN spec.provider NOT IN ('recorded', 'sample') THEN spec.body -> '$.parameters' END AS parameters
FROM given
CROSS JOIN response ON response.id = given.id
JOIN call ON call.id = response.call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
WHERE response.outcome = 'answered'
GROUP BY call.purpose, spec.provider, coalesce(response.model, spec.model), parameters
ORDER BY call.purpose, answers DESC, spec.provider, model, parameters
