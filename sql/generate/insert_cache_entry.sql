-- Records an accepted output. Of a step with evidence, the row began at `first_line` of its document.
INSERT INTO cache_entry (work_item, attempt, first_line, output) VALUES (:work_item, :attempt, :first_line, :output)
