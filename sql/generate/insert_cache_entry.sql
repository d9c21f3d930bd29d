-- Records an accepted output.
INSERT INTO cache_entry (work_item, attempt, output) VALUES (:work_item, :attempt, :output)
