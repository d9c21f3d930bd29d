-- The number of work items before a position by state.
SELECT state, count(*) AS items FROM temp.forecast WHERE position < :before GROUP BY state
