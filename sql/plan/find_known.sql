-- Finds the work items of a plan that the run file already has.
UPDATE temp.planned
SET work_item = (
    SELECT work_item.id FROM work_item
    WHERE substr(work_item.work_id, 1, 16) = substr(planned.work_id, 1, 16)
      AND work_item.work_id = planned.work_id AND work_item.step = (SELECT base FROM step WHERE id = :step)
)
