-- Keeps the remembered work items out of the replay.
UPDATE work_item SET status = 'skipped' WHERE id IN (SELECT id FROM temp.open_item)
