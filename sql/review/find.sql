-- The work items of the task itself whose ids begin with a text, two at most: enough to know that the text is ambiguous.
SELECT id FROM work_item
WHERE substr(work_id, 1, 16) >= substr(:prefix, 1, 16)
  AND substr(work_id, 1, 16) < substr(:prefix, 1, 16) || 'g' -- greater than every hex digit
  AND substr(work_id, 1, length(:prefix)) = :prefix
  AND EXISTS (
      SELECT 1 FROM standing
      WHERE standing.work_item = work_item.id AND standing.variant = 1 AND standing.repeat = 1
  )
LIMIT 2
