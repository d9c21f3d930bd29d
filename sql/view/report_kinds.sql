-- The kinds of values in each field of the accepted outputs of the last step, with the facts of numbers, in the order of
-- the fields' names.
SELECT answer.key AS field,
       count(*) AS items,
       sum(answer.type = 'null') AS nulls,
       sum(answer.type IN ('true', 'false')) AS booleans,
       sum(answer.type IN ('integer', 'real')) AS numbers,
       count(DISTINCT CASE WHEN answer.type IN ('integer', 'real') THEN answer.value END) AS different,
       CAST(min(CASE WHEN answer.type IN ('integer', 'real') THEN answer.value END) AS REAL) AS lowest,
       avg(CASE WHEN answer.type IN ('integer', 'real') THEN answer.value END) AS mean,
       CAST(max(CASE WHEN answer.type IN ('integer', 'real') THEN answer.value END) AS REAL) AS highest
FROM standing
JOIN cache_entry ON cache_entry.id = standing.cache_entry
JOIN json_each(cache_entry.output) AS answer
WHERE standing.planned = 1
    AND standing.step IN (SELECT value FROM json_each(:steps))
GROUP BY answer.key
ORDER BY answer.key
