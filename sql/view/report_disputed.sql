-- The first :limit things on which perspectives of the step :step disagree in the field :field, in the order of the
-- input, with the row.
SELECT agreements.row_index, agreements.group_key, agreements.item, agreements.answers, input_row.fields
FROM agreements
LEFT JOIN input_row ON input_row.id = agreements.input_row
WHERE agreements.step = :step AND agreements.field = :field AND NOT agreements.agreed
ORDER BY agreements.row_index, agreements.group_key, agreements.path, agreements.answers
LIMIT :limit
