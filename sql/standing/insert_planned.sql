-- Adds the standings of the work items of a plan that have none under the variant of the step, in the order of the plan.
-- Each repeat has a million sample numbers of its own. What another variant or the task itself has tried of the same
-- exact task is taken: its newest round (not before :floor) and sample.
INSERT INTO standing (work_item, variant, repeat, step, planned, input_row, row_group, position, images, task, cache_id,
                      round, sample, status, attempts, open_sources, handed_on)
SELECT planned.work_item, step.variant, step.repeat, step.id, 1, planned.input_row, planned.row_group, planned.position,
       planned.images, :task, planned.cache_id,
       CASE planned.is_new WHEN 1 THEN nullif(:floor, 0) ELSE nullif(max(:floor, (
           SELECT coalesce(max(attempt.round), 0) FROM attempt
           WHERE attempt.work_item = planned.work_item AND attempt.cache_id = planned.cache_id
       )), 0) END,
       CASE planned.is_new WHEN 1 THEN 1 + (step.repeat - 1) * 1000000 ELSE coalesce((
           SELECT max(attempt.sample - coalesce(attempt.candidate, 1) + 1) FROM attempt
           WHERE attempt.work_item = planned.work_item AND attempt.cache_id = planned.cache_id
       ), 1 + (step.repeat - 1) * 1000000) END, 'pending',
       0, 0, :handed_on
FROM step CROSS JOIN temp.planned
WHERE step.id = :step AND (planned.is_new = 1 OR NOT EXISTS (
    SELECT 1 FROM standing
    WHERE standing.work_item = planned.work_item AND standing.variant = step.variant AND standing.repeat = step.repeat
))
ORDER BY planned.position
