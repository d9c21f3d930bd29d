-- The text of a document of this content that was read in this way, if the run file has it.
SELECT id FROM document_text WHERE sha1 = :sha1 AND format = :format AND reader = :reader
