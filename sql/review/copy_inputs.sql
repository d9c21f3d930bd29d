-- Records that an attempt was made from the outputs that another one was made from.
INSERT INTO attempt_input (attempt, number, cache_entry)
SELECT :attempt, number, cache_entry FROM attempt_input WHERE attempt = :looked_at
