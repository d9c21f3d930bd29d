-- Drops the index on work ids, before very many work items are added.
DROP INDEX work_item_work_id
