-- What a file was found to hold when this plan read it.
SELECT shown FROM temp.image_read WHERE name = :name
