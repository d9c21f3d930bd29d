-- Adds the standings of the work items of a plan that have none under the variant of the step, in the order of the plan.
-- Each repeat has a million sample numbers of its own.
INSERT INTO standing (work_item, variant, repeat, step, planned, input_row, row_group, position, images, task, cache_id,
                      round, sample, status, attempts, open_sources, handed_on)
SELECT planned.work_item, step.variant, step.repeat, step.id, 1, planned.input_row, planned.row_group, planned.position,
       planned.images, :task, planned.cache_id, nullif(:floor, 0), 1 + (step.repeat - 1) * 1000000, 'pending',
       0, 0, :handed_on
FROM step CROSS JOIN temp.planned
WHERE step.id = :step AND (planned.is_new = 1 OR NOT EXISTS (
    SELECT 1 FROM standing
    WHERE standing.work_item = planned.work_item AND standing.variant = step.variant AND standing.repeat = step.repeat
))
ORDER BY planned.position
