-- Drops the scratch table of what work items ask.
DROP TABLE IF EXISTS temp.asked
