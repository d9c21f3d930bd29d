-- Attempts that refer to something that does not fit, in their order: a response to another request or to their own
-- judge's (one that other work made for its judge may be shared), a task of another step, or a round that began after
-- them.
SELECT attempt.id
FROM attempt
CROSS JOIN work_item ON work_item.id = attempt.work_item
CROSS JOIN task ON task.id = attempt.task
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN call ON call.id = response.call
LEFT JOIN round ON round.id = attempt.round
WHERE call.request IS NOT attempt.request OR (call.purpose = 'judge' AND call.work_item = attempt.work_item)
   OR response.invocation > attempt.invocation
   OR task.step <> work_item.step OR round.invocation > attempt.invocation
ORDER BY attempt.id LIMIT 20
