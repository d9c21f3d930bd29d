-- The attempts at one work item, in the order in which they were decided.
SELECT attempt.id, attempt.number, attempt.sample, attempt.outcome, attempt.detail, request.request_id, call.answer,
       attempt.verdict, attempt.score, attempt.reasons, judge_request.request_id AS judge_request_id,
       judge_call.answer AS judge_answer, coalesce(call.model, spec.model) AS model, spec.provider, attempt.decided_at,
       attempt.candidate, decision.decided_by,
       attempt.cache_id = work_item.cache_id
           AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = work_item.sample
           AND (work_item.last_attempt IS attempt.id AND decision.id IS NOT NULL
                OR attempt.id > (SELECT coalesce(max(last_attempt), 0) FROM set_aside
                                 WHERE stage IN ('schema', 'contract', 'ingest', 'plan', 'generate'))) AS current
FROM attempt
JOIN work_item ON work_item.id = attempt.work_item
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN call AS judge_call ON judge_call.id = attempt.judge_call
LEFT JOIN request AS judge_request ON judge_request.id = judge_call.request
LEFT JOIN decision ON decision.attempt = attempt.id
WHERE attempt.work_item = :item ORDER BY attempt.id
