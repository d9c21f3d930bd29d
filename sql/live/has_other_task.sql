-- Whether a step was planned with another task before.
SELECT EXISTS (SELECT 1 FROM plan WHERE step = :step AND task <> :task) AS other
