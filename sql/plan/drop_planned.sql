-- Drops the scratch table.
DROP TABLE IF EXISTS temp.planned
