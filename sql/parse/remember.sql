-- Remembers where every work item of the plan stands, with its output, before answers are read again.
CREATE TEMP TABLE read_before AS
SELECT work_item.id, work_item.status, cache_entry.output
FROM work_item
LEFT JOIN cache_entry ON cache_entry.id = work_item.cache_entry
WHERE work_item.planned = 1
