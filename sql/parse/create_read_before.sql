-- The scratch table of where work items stood before answers were read again.
CREATE TEMP TABLE read_before (id INTEGER PRIMARY KEY, status TEXT NOT NULL, output TEXT) STRICT
