-- What a step was last planned from: its newest plan.
SELECT task, dataset, config FROM plan WHERE step = :step ORDER BY id DESC LIMIT 1
