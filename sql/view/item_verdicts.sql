-- The verdicts on one attempt of several judges, or of one that scores by criteria, in their order.
SELECT verdict.judge, coalesce(response.model, spec.model) AS model, verdict.verdict, verdict.score, verdict.scores,
       verdict.reasons
FROM verdict
JOIN response ON response.id = verdict.response
JOIN call ON call.id = response.call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
WHERE verdict.attempt = :attempt AND verdict.verdict IS NOT NULL
  AND (verdict.scores IS NOT NULL OR verdict.judge <> 'judge' OR EXISTS (
      SELECT 1 FROM verdict AS other WHERE other.attempt = verdict.attempt AND other.judge <> verdict.judge
  ))
ORDER BY verdict.number
