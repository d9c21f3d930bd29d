-- Who gave the answers that decided the work items, most answers first (in the order of their number).
SELECT spec.provider, coalesce(call.model, spec.model) AS model, call.purpose, count(*) AS answers
FROM work_item
JOIN attempt ON attempt.id = work_item.last_attempt
JOIN call ON call.id IN (attempt.call, attempt.judge_call)
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
WHERE work_item.planned = 1 AND call.outcome = 'answered'
GROUP BY call.purpose, spec.provider, coalesce(call.model, spec.model)
ORDER BY call.purpose, answers DESC, spec.provider, model
