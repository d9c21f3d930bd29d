-- Whether anything was tried or decided so far.
SELECT EXISTS (SELECT 1 FROM attempt) AS any
