-- The outputs of other steps that an attempt was made from, in order.
SELECT work_item.id AS work_item, work_item.work_id, step.name AS step, cache_entry.id AS cache_entry,
       cache_entry.output, cache_entry.attempt
FROM attempt_input
JOIN cache_entry ON cache_entry.id = attempt_input.cache_entry
JOIN work_item ON work_item.id = cache_entry.work_item
JOIN step ON step.id = work_item.step
WHERE attempt_input.attempt = :attempt ORDER BY attempt_input.number
