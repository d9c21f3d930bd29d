-- The rowid that the next artifact will have.
SELECT coalesce(max(id), 0) + 1 AS id FROM artifact
