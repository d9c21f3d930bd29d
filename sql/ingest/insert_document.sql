-- Adds a document to a data set that is not complete yet.
INSERT INTO document (dataset, number, name, document_text) VALUES (:dataset, :number, :name, :document_text)
