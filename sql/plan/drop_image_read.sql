-- Drops the scratch table of the files that were read.
DROP TABLE IF EXISTS temp.image_read
