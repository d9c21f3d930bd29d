-- The configuration and the data sets with which a task was last planned.
SELECT config, dataset, knowledge FROM plan WHERE task = :task ORDER BY id DESC LIMIT 1
