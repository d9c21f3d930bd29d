-- How many texts of documents there are.
SELECT count(*) AS n FROM document_text
