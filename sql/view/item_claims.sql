-- The claims of the attempts at a work item that are current, in the order of attempts and claims, with the document and
-- where its row begins there; lines of claims are counted from 1 in the row. `is_last` is 1 for those of its last attempt.
-- Where the row ends is looked up only for claims that do not hold.
SELECT claim.attempt, claim.path, claim.status, claim.quote,
       input_row.line AS first_line, claim.line_start, claim.line_end, claim.cited_start, claim.cited_end,
       iif(claim.status IN ('part', 'not_found'), CAST(input_row.fields ->> (
           SELECT cell.key FROM dataset, json_each(dataset.columns) AS cell
           WHERE dataset.id = input_row.dataset AND cell.value = 'line_end') AS INTEGER), NULL) AS last_line,
       standing.id AS standing, document.name AS document, document.document_text, document_text.line_count,
       standing.last_attempt IS attempt.id AS is_last
FROM attempt
CROSS JOIN claim ON claim.attempt = attempt.id
JOIN standing ON standing.work_item = attempt.work_item AND standing.variant = :variant AND standing.repeat = :repeat
JOIN input_row ON input_row.id = standing.input_row
JOIN document ON document.id = input_row.document
JOIN document_text ON document_text.id = document.document_text
WHERE attempt.work_item = :item AND attempt.cache_id = standing.cache_id
  AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = standing.sample
  AND (standing.last_attempt IS attempt.id OR coalesce(attempt.round, 0) >= coalesce(standing.round, 0))
ORDER BY attempt.id, claim.number
