-- Failed and rejected work items, of one kind if it is given, in the order of the input. Of a row of a document: which
-- one, and the line where the row begins there.
SELECT failures.work_id, failures.step, failures.status, failures.kind, failures.message, failures.attempts,
       failures.last_answer, failures.row_index, failures.group_key,
       document.name AS document, iif(document.id IS NULL, NULL, input_row.line) AS line, failures.failed_at,
       failures.variant, failures.repeat
FROM failures
LEFT JOIN work_item ON substr(work_item.work_id, 1, 16) = substr(failures.work_id, 1, 16)
    AND work_item.work_id = failures.work_id
LEFT JOIN input_row ON input_row.id = (
    SELECT standing.input_row FROM standing WHERE standing.work_item = work_item.id AND standing.planned = 1 LIMIT 1
)
LEFT JOIN document ON document.id = input_row.document
WHERE :kind IS NULL OR failures.kind = :kind
ORDER BY failures.step, failures.row_index, failures.group_key, failures.work_id, failures.variant,
    failures.repeat LIMIT :most
