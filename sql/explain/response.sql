-- A response with the call that it answers and the work item of that call.
SELECT call.id AS call, call.request, call.invocation, call.started_at, response.cost_usd,
       CAST(round(response.cost_usd * 1e12) AS INTEGER) AS cost_pico_usd,
       call.work_item, work_item.work_id
FROM response
JOIN call ON call.id = response.call
JOIN work_item ON work_item.id = call.work_item
WHERE response.id = :response
