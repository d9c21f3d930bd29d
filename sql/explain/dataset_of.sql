-- The data set that a step was planned from in an invocation or before it: that of its latest such plan, otherwise that
-- of the latest plan of any step.
SELECT dataset FROM plan WHERE invocation <= :invocation ORDER BY step = :step DESC, id DESC LIMIT 1
