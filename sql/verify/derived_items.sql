-- Every work item of the plan that is made from others, with what its id is made of, in the order of recording.
SELECT work_item.id, work_item.work_id, work_item.cache_id, work_item.source_kind, work_item.item, work_item.step,
       step.name AS step_name, task.task_id, input_row.row_id, row_group.group_key,
       (SELECT parent.work_id FROM edge JOIN work_item AS parent ON parent.id = edge.parent
        WHERE edge.child = work_item.id ORDER BY edge.number, parent.id LIMIT 1) AS parent
FROM work_item
JOIN step ON step.id = work_item.step
JOIN task ON task.id = work_item.task
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
WHERE work_item.planned = 1 AND work_item.source_kind <> 'row' AND work_item.source_kind <> 'group'
  AND work_item.source_kind <> 'document' AND work_item.source_kind <> 'task'
ORDER BY work_item.id
