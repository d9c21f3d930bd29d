-- Records what a name was found to hold, or why that cannot be shown.
INSERT INTO image_file (name, image, problem)
VALUES (:name, (SELECT id FROM image WHERE sha1 = :sha1), :problem)
