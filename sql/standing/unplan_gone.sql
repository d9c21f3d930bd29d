-- Takes the standings of a step out of the plan whose work items are no longer in it. What is recorded of them stays.
UPDATE standing SET planned = 0, handed_on = 0
WHERE step = :step AND planned = 1 AND work_item NOT IN (SELECT work_item FROM temp.planned WHERE work_item IS NOT NULL)
