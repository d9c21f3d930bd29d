-- A work item of a step, under whatever variant, by work id.
SELECT id FROM work_item
WHERE substr(work_id, 1, 16) = substr(:work_id, 1, 16) AND work_id = :work_id
  AND step = (SELECT base FROM step WHERE id = :step)
