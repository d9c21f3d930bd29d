-- How many work items are open.
SELECT coalesce(sum(pending), 0) AS pending FROM progress
