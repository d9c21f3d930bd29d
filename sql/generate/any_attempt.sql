-- Whether anything was tried after a mark, or decided by a person.
SELECT EXISTS (SELECT 1 FROM attempt WHERE id > :after) OR EXISTS (SELECT 1 FROM decision) AS any
