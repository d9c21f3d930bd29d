-- The rowid that the next group will have.
SELECT coalesce(max(id), 0) + 1 AS id FROM row_group
