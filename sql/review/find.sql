-- The work items of a variant whose ids begin with a text, two at most: enough to know that the text is ambiguous.
SELECT id FROM work_item
WHERE substr(work_id, 1, 16) >= substr(:prefix, 1, 16)
  AND substr(work_id, 1, 16) < substr(:prefix, 1, 16) || 'g' -- greater than every hex digit
  AND substr(work_id, 1, length(:prefix)) = :prefix
  AND EXISTS (
      SELECT 1 FROM standing
      WHERE standing.work_item = work_item.id AND standing.variant = :variant AND standing.repeat = :repeat
  )
LIMIT 2
