-- The data set of the newest plan.
SELECT dataset, knowledge FROM plan ORDER BY id DESC LIMIT 1
