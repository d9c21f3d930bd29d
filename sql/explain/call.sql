-- A call with the work item that it was made for.
SELECT call.id, call.request, call.invocation, call.started_at, call.outcome, call.cost_usd,
       call.work_item, work_item.work_id, step.name AS step
FROM call
JOIN work_item ON work_item.id = call.work_item
JOIN step ON step.id = work_item.step
WHERE call.id = :call
