-- Records which output of another step an attempt was made from.
INSERT INTO attempt_input (attempt, number, cache_entry) VALUES (:attempt, :number, :cache_entry)
