-- The tables and views that people can query, in the order of their names, views first.
SELECT type, name, sql FROM sqlite_schema
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'refinery%'
ORDER BY type DESC, name
