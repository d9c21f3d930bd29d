-- Every name that was ever found to hold something, each once, in the order of the names.
SELECT DISTINCT name FROM image_file ORDER BY name
