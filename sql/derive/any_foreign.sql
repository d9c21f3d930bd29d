-- Whether a step has planned work items that it did not make from those that it takes from now.
SELECT EXISTS (
    SELECT 1 FROM work_item LEFT JOIN edge ON edge.child = work_item.id
    LEFT JOIN work_item AS parent ON parent.id = edge.parent
    WHERE work_item.step = :step AND work_item.planned = 1
      AND (parent.id IS NULL OR parent.step NOT IN (SELECT value FROM json_each(:parents)))
) AS any
