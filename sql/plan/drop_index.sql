-- Drops the index of the work items' ids, before very many are added.
DROP INDEX work_item_work_id
