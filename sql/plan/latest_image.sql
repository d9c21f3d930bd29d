-- The latest image that was found under a name.
SELECT image.sha1, image.media_type
FROM image_file JOIN image ON image.id = image_file.image
WHERE image_file.name = :name ORDER BY image_file.id DESC LIMIT 1
