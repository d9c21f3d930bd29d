-- The latest finding under a name: an image or a problem.
SELECT image.sha1, image.media_type, image_file.problem
FROM image_file LEFT JOIN image ON image.id = image_file.image
WHERE image_file.name = :name ORDER BY image_file.id DESC LIMIT 1
