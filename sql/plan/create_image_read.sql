-- The scratch table of the files that this plan has read.
CREATE TEMP TABLE IF NOT EXISTS image_read (name TEXT PRIMARY KEY, shown TEXT NOT NULL) STRICT, WITHOUT ROWID
