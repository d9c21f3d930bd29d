-- Every recorded name of an image file, once, in the order of the names.
SELECT DISTINCT name FROM image_file ORDER BY name
