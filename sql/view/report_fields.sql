-- The number of times that each value of the fields :fields was accepted, by group, in the order of field, group and
-- value. A group is given as its place in :groups; NULL stands for all others, and for no group.
WITH shown AS MATERIALIZED (
    SELECT key AS place, value AS row_group FROM json_each(:groups)
)
SELECT answer.key AS field,
       shown.place AS place,
       CASE answer.type
           WHEN 'null' THEN 'null'
           WHEN 'true' THEN 'true'
           WHEN 'false' THEN 'false'
           ELSE CASE WHEN answer.type = 'text' AND answer.value IN ('null', 'true', 'false')
               THEN '"' || answer.value || '"' -- the text, and not the value
               -- With all digits, which a double does not have.
               WHEN answer.type IN ('integer', 'real') THEN CAST(cache_entry.output -> answer.fullkey AS TEXT)
               ELSE CAST(answer.value AS TEXT)
           END
       END AS label,
       count(*) AS items
FROM standing
JOIN cache_entry ON cache_entry.id = standing.cache_entry
JOIN json_each(cache_entry.output) AS answer
LEFT JOIN shown ON shown.row_group = standing.row_group
WHERE standing.planned = 1
    AND standing.step IN (SELECT value FROM json_each(:steps))
    AND answer.key IN (SELECT value FROM json_each(:fields))
GROUP BY answer.key, shown.place, label
ORDER BY answer.key, shown.place, label
