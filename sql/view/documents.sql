-- The documents of a data set in their order, each followed by the claims on it of the last attempts of planned work
-- items, in the order of their lines. A claim has no name; lines of claims are counted from 1 in the row. Where the row
-- ends is looked up only for claims that do not hold.
SELECT document.number AS document_number, 0 AS is_claim, document.name, document.document_text, document_text.format,
       document_text.line_count, document_text.page_count, NULL AS work_id, NULL AS standing, NULL AS step,
       NULL AS item_status, NULL AS path, NULL AS status, NULL AS quote, NULL AS first_line, NULL AS line_start,
       NULL AS line_end, NULL AS cited_start, NULL AS cited_end, NULL AS last_line,
       0 AS is_nowhere, NULL AS place, NULL AS last_place, NULL AS step_position, NULL AS position, NULL AS claim_number
FROM document
CROSS JOIN document_text ON document_text.id = document.document_text
WHERE document.dataset = :dataset
UNION ALL
SELECT document.number, 1, NULL, NULL, NULL, NULL, NULL, work_item.work_id, standing.id, step.name, standing.status,
       claim.path, claim.status, claim.quote, input_row.line, claim.line_start, claim.line_end, claim.cited_start,
       claim.cited_end,
       iif(claim.status IN ('part', 'not_found'), CAST(input_row.fields ->> (
           SELECT cell.key FROM dataset, json_each(dataset.columns) AS cell
           WHERE dataset.id = :dataset AND cell.value = 'line_end') AS INTEGER), NULL),
       claim.line_start IS NULL, input_row.line + claim.line_start, input_row.line + claim.line_end,
       step.position, standing.position, claim.number
FROM standing
CROSS JOIN claim ON claim.attempt = standing.last_attempt
CROSS JOIN input_row ON input_row.id = standing.input_row
CROSS JOIN document ON document.id = input_row.document
CROSS JOIN work_item ON work_item.id = standing.work_item
CROSS JOIN step ON step.id = standing.step
WHERE standing.planned = 1 AND document.dataset = :dataset
  AND (standing.status = 'accepted' OR standing.status = 'rejected' OR standing.status = 'failed')
ORDER BY document_number, is_claim, is_nowhere, place, last_place, step_position, position, work_id, claim_number
