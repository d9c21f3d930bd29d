-- The first :limit failed or rejected work items with their last answer, in the order of the plan.
WITH listed AS (
    SELECT work_item.id, step.position AS step_position, work_item.position
    FROM work_item JOIN step ON step.id = work_item.step
    WHERE work_item.planned = 1 AND work_item.status IN ('failed', 'rejected')
    ORDER BY step.position, work_item.position, work_item.id
    LIMIT :limit
)
SELECT work_item.work_id,
       step.name AS step,
       work_item.status,
       input_row.row_index,
       row_group.group_key,
       attempt.outcome AS kind,
       attempt.detail AS message,
       work_item.attempts,
       substr(call.answer, 1, :longest) AS last_answer,
       length(call.answer) AS answer_length
FROM listed
JOIN work_item ON work_item.id = listed.id
JOIN step ON step.id = work_item.step
LEFT JOIN attempt ON attempt.id = work_item.last_attempt
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
ORDER BY listed.step_position, listed.position, listed.id
