-- Whether a work item of a step was made with another gold answer than its row or group has now.
SELECT EXISTS (
    SELECT 1
    FROM standing
    LEFT JOIN input_row ON input_row.id = standing.input_row
    LEFT JOIN row_group ON row_group.id = standing.row_group
    LEFT JOIN temp.gold_answer ON gold_answer.source = coalesce(input_row.row_id, row_group.group_key)
    WHERE standing.step = :step AND standing.planned = 1 AND standing.cache_id <> ''
      AND standing.item IS NOT gold_answer.answer
) AS changed
