-- Drops the scratch table of suspects.
DROP TABLE IF EXISTS temp.suspect
