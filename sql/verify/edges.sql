-- The number of edges.
SELECT count(*) AS n FROM edge
