-- Creates the index on work ids again, exactly as the migration does.
CREATE INDEX work_item_work_id ON work_item (substr(work_id, 1, 16))
