-- Drops the scratch table of repeated rows.
DROP TABLE IF EXISTS repeated_row
