-- The text of the view `results`.
SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = 'results'
