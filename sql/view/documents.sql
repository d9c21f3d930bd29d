-- The documents of a data set in their order, each with the claims on it of the last attempts of planned work items, in
-- the order of their lines: one row for each claim, and one without a claim for a document that nothing cites.
WITH cited AS MATERIALIZED (
    SELECT input_row.document, work_item.work_id, standing.id AS standing, step.name AS step,
           standing.status AS item_status, claim.path, claim.number, claim.status, claim.quote,
           input_row.line AS first_line, claim.line_start, claim.line_end, claim.cited_start, claim.cited_end,
           step.position AS step_position, standing.position
    FROM standing
    JOIN step ON step.id = standing.step
    JOIN work_item ON work_item.id = standing.work_item
    JOIN claim ON claim.attempt = standing.last_attempt
    JOIN input_row ON input_row.id = standing.input_row
    WHERE standing.planned = 1 AND input_row.document IS NOT NULL
      AND (standing.status = 'accepted' OR standing.status = 'rejected' OR standing.status = 'failed')
)
SELECT document.id, document.name, document.document_text, document_text.format, document_text.line_count,
       document_text.page_count, cited.work_id, cited.standing, cited.step, cited.item_status, cited.path, cited.status,
       cited.quote, cited.first_line, cited.line_start, cited.line_end, cited.cited_start, cited.cited_end
FROM document
JOIN document_text ON document_text.id = document.document_text
LEFT JOIN cited ON cited.document = document.id
WHERE document.dataset = :dataset
ORDER BY document.number, cited.line_start IS NULL, cited.first_line + cited.line_start,
         cited.first_line + cited.line_end, cited.step_position, cited.position, cited.work_id, cited.number
