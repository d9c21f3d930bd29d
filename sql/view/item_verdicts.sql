-- What the judges said of one attempt, in their order.
SELECT verdict.judge, coalesce(call.model, spec.model) AS model, verdict.verdict, verdict.score, verdict.scores,
       verdict.reasons
FROM verdict
JOIN call ON call.id = verdict.call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
WHERE verdict.attempt = :attempt ORDER BY verdict.number
