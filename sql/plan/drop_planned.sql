-- Drops the scratch table of the work items of a plan.
DROP TABLE IF EXISTS temp.planned
