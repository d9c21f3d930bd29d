-- How many accepted outputs have fields that could not be read: those with a list `parse_errors` that is not empty.
SELECT count(*) AS found
FROM standing
JOIN cache_entry ON cache_entry.id = standing.cache_entry
WHERE standing.planned = 1 AND json_array_length(cache_entry.output, '$.parse_errors') > 0
