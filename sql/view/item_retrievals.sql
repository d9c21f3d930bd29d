-- What the templates of an attempt retrieved, in order: a row for each passage, or one without a passage.
SELECT retrieval.number, retrieval.purpose, dataset.name AS knowledge, retrieval.query, retrieval.k,
       document.name AS document, input_row.line AS line_start, input_row.fields ->> '$[4]' AS line_end,
       input_row.fields ->> '$[2]' AS heading_path
FROM retrieval
JOIN dataset ON dataset.id = retrieval.dataset
LEFT JOIN retrieved_passage ON retrieved_passage.retrieval = retrieval.id
LEFT JOIN input_row ON input_row.id = retrieved_passage.input_row
LEFT JOIN document ON document.id = input_row.document
WHERE retrieval.attempt = :attempt
ORDER BY retrieval.number, retrieved_passage.rank
