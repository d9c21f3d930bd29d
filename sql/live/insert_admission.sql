-- Records which work item answers a row, and for which exact task.
INSERT INTO admission (input_row, work_item, cache_id) VALUES (:input_row, :work_item, :cache_id)
