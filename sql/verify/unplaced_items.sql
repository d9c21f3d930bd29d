-- Work items without a standing, in the order of recording.
SELECT work_id FROM work_item
WHERE NOT EXISTS (SELECT 1 FROM standing WHERE standing.work_item = work_item.id)
ORDER BY id LIMIT 20
