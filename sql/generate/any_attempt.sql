-- Whether anything was tried after a mark.
SELECT EXISTS (SELECT 1 FROM attempt WHERE id > :after) AS any
