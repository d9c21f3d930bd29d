-- How many work items before a position are in which state.
SELECT state, count(*) AS items FROM temp.forecast WHERE position < :before GROUP BY state
