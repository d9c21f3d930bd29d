-- The configuration and the data set with which a task was last planned.
SELECT config, dataset FROM plan WHERE task = :task ORDER BY id DESC LIMIT 1
