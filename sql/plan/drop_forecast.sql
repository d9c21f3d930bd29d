-- Takes down the scratch table of what the record holds of a plan.
DROP TABLE IF EXISTS temp.forecast
