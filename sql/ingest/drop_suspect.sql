-- Drops the scratch table of row ids that may occur more than once.
DROP TABLE IF EXISTS temp.suspect
