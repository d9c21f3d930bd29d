-- Lets the remembered work items be open again.
UPDATE work_item SET status = 'pending' WHERE id IN (SELECT id FROM temp.open_item)
