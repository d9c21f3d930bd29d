-- Records an accepted output.
INSERT INTO cache_entry (work_item, attempt, output, created_at) VALUES (:work_item, :attempt, :output, :now)
