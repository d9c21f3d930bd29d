-- The scratch table of where work items stood before a replay.
CREATE TEMP TABLE outcome (id INTEGER PRIMARY KEY, status TEXT NOT NULL, output TEXT) STRICT
