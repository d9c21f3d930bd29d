-- The attempts at a work item, in the order in which they were decided. The judge's answer is the last one; `current`
-- is 0 for attempts at another task, under another variant too, and for those that a later round has set aside.
SELECT attempt.id, attempt.number, attempt.sample, attempt.outcome, attempt.detail, request.request_id,
       CASE WHEN task.parts ->> '$.thoughts' = 'keep' THEN coalesce(response.thoughts, '') || response.answer
            ELSE response.answer END AS answer,
       CASE WHEN task.parts ->> '$.thoughts' = 'keep' THEN NULL ELSE response.thoughts END AS thoughts,
       attempt.verdict, attempt.score, attempt.reasons, judge_request.request_id AS judge_request_id,
       judge_response.answer AS judge_answer, coalesce(response.model, spec.model) AS model, spec.provider,
       attempt.decided_at, attempt.candidate, attempt.output, decision.decided_by,
       attempt.cache_id = standing.cache_id
           AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = standing.sample
           AND (standing.last_attempt IS attempt.id
                OR coalesce(attempt.round, 0) >= coalesce(standing.round, 0))
           AND (decision.id IS NULL OR decision.variant = standing.variant AND decision.repeat = standing.repeat)
           AS current
FROM attempt
JOIN task ON task.id = attempt.task
JOIN standing ON standing.work_item = attempt.work_item AND standing.variant = :variant AND standing.repeat = :repeat
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN verdict ON verdict.id = (
    SELECT last.id FROM verdict AS last WHERE last.attempt = attempt.id ORDER BY last.number DESC LIMIT 1
)
LEFT JOIN response AS judge_response ON judge_response.id = verdict.response
LEFT JOIN call AS judge_call ON judge_call.id = judge_response.call
LEFT JOIN request AS judge_request ON judge_request.id = judge_call.request
LEFT JOIN decision ON decision.attempt = attempt.id
WHERE attempt.work_item = :item ORDER BY attempt.id
