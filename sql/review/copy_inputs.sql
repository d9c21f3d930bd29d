-- Records that an attempt has the same inputs as another one.
INSERT INTO attempt_input (attempt, number, cache_entry)
SELECT :attempt, number, cache_entry FROM attempt_input WHERE attempt = :looked_at
