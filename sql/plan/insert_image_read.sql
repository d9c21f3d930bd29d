-- Remembers the image that this plan read from a file.
INSERT INTO temp.image_read (name, shown) VALUES (:name, :shown)
