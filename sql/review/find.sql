-- The work items whose ids begin with a text; two are enough to know that it names more than one.
SELECT id FROM work_item
WHERE substr(work_id, 1, 16) >= substr(:prefix, 1, 16)
  AND substr(work_id, 1, 16) < substr(:prefix, 1, 16) || 'g' -- greater than every hex digit
  AND substr(work_id, 1, length(:prefix)) = :prefix
LIMIT 2
