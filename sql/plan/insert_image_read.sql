-- Remembers what a file was found to hold.
INSERT INTO temp.image_read (name, shown) VALUES (:name, :shown)
