-- Records the image that was found under a name, or why it cannot be shown.
INSERT INTO image_file (name, image, problem)
VALUES (:name, (SELECT id FROM image WHERE sha1 = :sha1), :problem)
