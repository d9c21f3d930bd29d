-- Whether the run file has work items of a step.
SELECT EXISTS (SELECT 1 FROM standing WHERE step = :step) AS known
