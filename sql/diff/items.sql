-- The work items whose outputs or verdicts differ, with all that is compared of them, in the order of the first file's
-- plan; those that only the second file has come last, in its order.
SELECT item_pair.work_id, item_pair.output AS output_change, item_pair.verdict AS verdict_change,
       coalesce(step_one.name, step_two.name) AS step,
       coalesce(row_one.row_index, row_two.row_index) AS row_index,
       coalesce(group_one.group_key, group_two.group_key) AS group_key,
       one.status AS status_a, entry_one.output AS output_a, last_one.verdict AS verdict_a, last_one.score AS score_a,
       two.status AS status_b, entry_two.output AS output_b, last_two.verdict AS verdict_b, last_two.score AS score_b
FROM temp.item_pair
LEFT JOIN a.standing AS one ON one.id = item_pair.a
LEFT JOIN a.step AS step_one ON step_one.id = one.step
LEFT JOIN a.input_row AS row_one ON row_one.id = one.input_row
LEFT JOIN a.row_group AS group_one ON group_one.id = one.row_group
LEFT JOIN a.cache_entry AS entry_one ON entry_one.id = one.cache_entry
LEFT JOIN a.attempt AS last_one ON last_one.id = one.last_attempt
LEFT JOIN b.standing AS two ON two.id = item_pair.b
LEFT JOIN b.step AS step_two ON step_two.id = two.step
LEFT JOIN b.input_row AS row_two ON row_two.id = two.input_row
LEFT JOIN b.row_group AS group_two ON group_two.id = two.row_group
LEFT JOIN b.cache_entry AS entry_two ON entry_two.id = two.cache_entry
LEFT JOIN b.attempt AS last_two ON last_two.id = two.last_attempt
WHERE CASE WHEN :verdicts THEN item_pair.verdict <> 'equal' ELSE item_pair.output <> 'equal' END
ORDER BY one.id IS NULL, step_one.position, one.position, one.path, step_two.position, two.position, two.path,
         item_pair.work_id
LIMIT :most
