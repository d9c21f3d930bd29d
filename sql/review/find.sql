-- The work items whose ids begin with a text; two are enough to know that it names more than one.
SELECT id FROM work_item
WHERE work_id >= :prefix AND work_id < :prefix || 'g' -- greater than every hex digit
LIMIT 2
