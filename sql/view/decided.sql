-- One decided standing with its sources, its outcome and the tokens and cost of its own calls.
SELECT work_item.work_id, step.name AS step, standing.status, standing.attempts, standing.reason,
       CASE work_item.source_kind
           WHEN 'element' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'pair' THEN coalesce(standing.item, work_item.source -> '$[2]')
           WHEN 'join' THEN work_item.source -> '$[1].key'
           ELSE standing.item
       END AS item,
       input_row.row_index, input_row.fields, dataset.columns, row_group.group_key, cache_entry.output,
       attempt.outcome, attempt.detail, attempt.score, generation.answer, generation.model,
       coalesce(
           nullif(max(
               coalesce(generation.invocation, 0),
               coalesce((
                   SELECT max(judging.invocation)
                   FROM verdict JOIN response AS judging ON judging.id = verdict.response
                   WHERE verdict.attempt = attempt.id
               ), 0)
           ), 0),
           attempt.invocation
       ) < :invocation AS from_record,
       coalesce(used.calls, 0) AS calls, used.input_tokens, used.output_tokens, used.cost_usd,
       coalesce(used.unpriced, 0) AS unpriced, used.call_ms, used.total_ms
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN step ON step.id = standing.step
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN dataset ON dataset.id = input_row.dataset
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN attempt ON attempt.id = coalesce(cache_entry.attempt, standing.last_attempt)
LEFT JOIN response AS generation ON generation.id = attempt.response
LEFT JOIN (
    SELECT call.work_item, count(*) AS calls, CASE WHEN sum(1.0 * response.input_tokens) < 9e15
               THEN CAST(sum(1.0 * response.input_tokens) AS INTEGER) END AS input_tokens,
           CASE WHEN sum(1.0 * response.output_tokens) < 9e15
               THEN CAST(sum(1.0 * response.output_tokens) AS INTEGER) END AS output_tokens,
           sum(round(response.cost_usd * 1e12)) / 1e12 AS cost_usd,
           sum(response.cost_usd IS NULL) AS unpriced, sum(coalesce(response.duration_ms, 0)) AS call_ms,
           (
               SELECT sum(lasted) FROM (
                   SELECT CAST(round(
                              max(86400000.0 * julianday(began.started_at) + coalesce(ended.duration_ms, 0))
                              - min(86400000.0 * julianday(began.started_at))
                          ) AS INTEGER) AS lasted
                   FROM call AS began LEFT JOIN response AS ended ON ended.call = began.id
                   WHERE began.work_item = (SELECT work_item FROM standing WHERE id = :standing)
                   GROUP BY began.invocation
               )
           ) AS total_ms
    FROM call LEFT JOIN response ON response.call = call.id
    WHERE call.work_item = (SELECT work_item FROM standing WHERE id = :standing)
    GROUP BY call.work_item
) AS used ON used.work_item = standing.work_item
WHERE standing.id = :standing
