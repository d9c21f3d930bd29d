-- The rowid that the next manifest will have.
SELECT coalesce(max(id), 0) + 1 AS id FROM manifest
