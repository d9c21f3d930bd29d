-- Drops the scratch table of what the run file holds of a plan.
DROP TABLE IF EXISTS temp.forecast
