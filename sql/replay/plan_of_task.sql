-- Which configuration and data set a task was last planned with.
SELECT config, dataset FROM plan WHERE task = :task ORDER BY id DESC LIMIT 1
