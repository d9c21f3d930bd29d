-- Remembers the work items that are open.
CREATE TEMP TABLE open_item AS SELECT id FROM work_item WHERE planned = 1 AND status = 'pending'
