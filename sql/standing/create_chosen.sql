-- The scratch table of the standings that a statement is about.
CREATE TEMP TABLE IF NOT EXISTS chosen (id INTEGER PRIMARY KEY) STRICT
