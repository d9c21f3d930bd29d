-- Whether a data set has documents.
SELECT EXISTS (SELECT 1 FROM document WHERE dataset = :dataset) AS found
