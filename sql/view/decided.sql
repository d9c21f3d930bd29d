-- One decided work item with what it was made from, what became of it, and what its own calls used.
SELECT work_item.work_id, step.name AS step, work_item.status, work_item.attempts, work_item.reason, work_item.item,
       input_row.row_index, input_row.fields, dataset.columns, row_group.group_key, cache_entry.output,
       attempt.outcome, attempt.detail, attempt.score, generation.answer, generation.model,
       coalesce(
           nullif(max(coalesce(generation.invocation, 0), coalesce(judging.invocation, 0)), 0),
           attempt.invocation
       ) < :invocation AS from_record,
       coalesce(used.calls, 0) AS calls, used.input_tokens, used.output_tokens, used.cost_usd,
       coalesce(used.unpriced, 0) AS unpriced
FROM work_item
JOIN step ON step.id = work_item.step
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
LEFT JOIN row_group ON row_group.id = work_item.row_group
LEFT JOIN cache_entry ON cache_entry.id = work_item.cache_entry
LEFT JOIN attempt ON attempt.id = coalesce(cache_entry.attempt, work_item.last_attempt)
LEFT JOIN call AS generation ON generation.id = attempt.call
LEFT JOIN call AS judging ON judging.id = attempt.judge_call
LEFT JOIN (
    SELECT work_item, count(*) AS calls, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
           sum(cost_usd) AS cost_usd, sum(cost_usd IS NULL) AS unpriced
    FROM call
    WHERE work_item = :item
    GROUP BY work_item
) AS used ON used.work_item = work_item.id
WHERE work_item.id = :item
