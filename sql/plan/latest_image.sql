-- The latest image that a name was found to hold.
SELECT image.sha1, image.media_type
FROM image_file JOIN image ON image.id = image_file.image
WHERE image_file.name = :name ORDER BY image_file.id DESC LIMIT 1
