-- A shared text.
SELECT body FROM text WHERE id = :id
