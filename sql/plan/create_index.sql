-- Makes the index of the work items' ids again, sorted: as the migration writes it.
CREATE INDEX work_item_work_id ON work_item (substr(work_id, 1, 16))
