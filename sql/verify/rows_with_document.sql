-- How many rows of other data sets than those of documents name a document.
SELECT count(*) AS n FROM input_row JOIN dataset ON dataset.id = input_row.dataset
WHERE input_row.document IS NOT NULL AND dataset.format <> 'documents'
