-- The scratch table of what work items are made of and what they ask, as hashes.
CREATE TEMP TABLE IF NOT EXISTS asked (source INTEGER NOT NULL, request INTEGER NOT NULL) STRICT
