-- How many accepted outputs of the last step have a number in each of ten equal ranges of the fields :fields, a list of
-- {"name", "lowest", "highest"}, in the order of field and range.
SELECT answer.key AS field,
       CAST(max(0, min(9, (answer.value - (ranged.value ->> 'lowest')) * 10
           / ((ranged.value ->> 'highest') - (ranged.value ->> 'lowest')))) AS INTEGER) AS bin,
       count(*) AS items
FROM standing
CROSS JOIN cache_entry ON cache_entry.id = standing.cache_entry
CROSS JOIN json_each(cache_entry.output) AS answer
CROSS JOIN json_each(:fields) AS ranged ON ranged.value ->> 'name' = answer.key
WHERE standing.planned = 1
    AND standing.step IN (SELECT value FROM json_each(:steps))
    AND answer.type IN ('integer', 'real')
GROUP BY answer.key, bin
ORDER BY answer.key, bin
