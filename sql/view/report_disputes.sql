-- What perspectives of the step :step said of one thing where they do not agree on the field :field: each way with its
-- number, most frequent first.
SELECT (SELECT json_group_object(key, value) FROM (SELECT key, value FROM json_each(answers) ORDER BY key)) AS said,
       count(*) AS items
FROM agreements
WHERE step = :step AND field = :field AND NOT agreed
GROUP BY said
ORDER BY items DESC, said
LIMIT :limit
