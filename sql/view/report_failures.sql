-- The first :limit failed or rejected work items of the task itself with their last answer, in the order of the plan.
WITH listed AS (
    SELECT standing.id, work_item.work_id, step.name AS step, step.position AS step_position, standing.position,
           standing.path
    FROM standing
    JOIN work_item ON work_item.id = standing.work_item
    JOIN step ON step.id = standing.step
    WHERE standing.planned = 1 AND standing.status IN ('failed', 'rejected') AND standing.variant = 1
      AND standing.repeat = 1
    ORDER BY step.position, standing.position, standing.path, work_item.work_id, standing.id
    LIMIT :limit
)
SELECT listed.work_id,
       listed.step,
       standing.status,
       input_row.row_index,
       input_row.line,
       document.name AS document,
       row_group.group_key,
       attempt.outcome AS kind,
       attempt.detail AS message,
       standing.attempts,
       substr(iif(task.parts ->> '$.thoughts' = 'keep', coalesce(response.thoughts, ''), '') || response.answer,
              1, :longest) AS last_answer,
       length(iif(task.parts ->> '$.thoughts' = 'keep', coalesce(response.thoughts, ''), '')
              || response.answer) AS answer_length,
       dataset.columns,
       input_row.fields,
       standing.item,
       substr(context.body, 1, :longest) AS context
FROM listed
JOIN standing ON standing.id = listed.id
LEFT JOIN attempt ON attempt.id = standing.last_attempt
LEFT JOIN task ON task.id = attempt.task
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN document ON document.id = input_row.document
LEFT JOIN dataset ON dataset.id = input_row.dataset
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN text AS context ON context.id = row_group.context
ORDER BY listed.step_position, listed.position, listed.path, listed.work_id, listed.id
