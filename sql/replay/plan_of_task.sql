-- The configuration and the data sets with which a task of a step was last planned.
SELECT config, dataset, knowledge FROM plan WHERE task = :task AND step = :step ORDER BY id DESC LIMIT 1
