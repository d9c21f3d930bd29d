-- How many edges there are.
SELECT count(*) AS n FROM edge
