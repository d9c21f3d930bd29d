-- The answers of perspectives of the step :step that disagree on the field :field about one thing, each combination
-- with its number, in the order of frequency.
SELECT (SELECT json_group_object(key, value) FROM (SELECT key, value FROM json_each(answers) ORDER BY key)) AS said,
       count(*) AS items
FROM agreements
WHERE step = :step AND field = :field AND NOT agreed
GROUP BY said
ORDER BY items DESC, said
LIMIT :limit
