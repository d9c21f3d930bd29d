-- The image that this plan read from a file.
SELECT shown FROM temp.image_read WHERE name = :name
