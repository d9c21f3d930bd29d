-- The newest plan of a step.
SELECT task, dataset, config FROM plan WHERE step = :step ORDER BY id DESC LIMIT 1
