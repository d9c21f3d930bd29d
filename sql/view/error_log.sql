-- Every error that ever was, of one kind if it is given, in the order of time: attempts that were not accepted, calls that
-- failed or were lost, and stages that failed. A call that decided an attempt is told by the attempt. What an attempt read
-- from the record again, with the same end, was told by an earlier one. The time of a failed call is that of its end.
WITH told AS (
    SELECT attempt.decided_at AS timestamp, 'generate' AS stage, attempt.work_item, attempt.number AS attempt,
           attempt.outcome AS kind, attempt.detail AS message, NULL AS step, 1 AS source, attempt.id AS number
    FROM attempt
    WHERE attempt.outcome <> 'accepted' AND attempt.outcome <> 'human_accepted'
      AND (attempt.outcome = 'human_rejected' OR NOT EXISTS (
          SELECT 1 FROM attempt AS earlier
          WHERE earlier.work_item = attempt.work_item AND earlier.id < attempt.id
            AND earlier.response = attempt.response AND earlier.outcome = attempt.outcome
            AND earlier.detail IS attempt.detail
            AND NOT EXISTS (
                SELECT 1 FROM verdict
                WHERE verdict.attempt = attempt.id AND verdict.response NOT IN (
                    SELECT known.response FROM verdict AS known WHERE known.attempt = earlier.id
                )
            )
      ))
    UNION ALL
    SELECT CASE WHEN response.duration_ms > 0 AND response.duration_ms < 9e12
               THEN coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', call.started_at, response.duration_ms / 1000.0 || ' seconds'),
                             call.started_at)
               ELSE call.started_at END,
           'generate', call.work_item,
           (SELECT tried.number FROM attempt AS tried
            WHERE tried.work_item = call.work_item AND tried.decided_at >= call.started_at ORDER BY tried.id LIMIT 1),
           coalesce(response.error_kind, 'lost'),
           CASE WHEN response.id IS NULL THEN 'no response: the run ended while the call was in flight; it may have been billed'
                ELSE response.error END,
           NULL, 0, call.id
    FROM call
    JOIN invocation ON invocation.id = call.invocation
    LEFT JOIN response ON response.call = call.id
    WHERE (response.error_kind IS NOT NULL OR response.id IS NULL AND invocation.status <> 'running')
      AND NOT EXISTS (SELECT 1 FROM attempt AS decided
                      WHERE decided.work_item = call.work_item AND (
                          decided.response = response.id
                          OR decided.outcome = response.error_kind AND EXISTS (
                              SELECT 1 FROM verdict
                              WHERE verdict.attempt = decided.id AND verdict.response = response.id
                          )
                      ))
    UNION ALL
    SELECT manifest.ended_at, manifest.stage, NULL, NULL, 'stage_failed', manifest.message, manifest.step, 2, manifest.id
    FROM manifest WHERE manifest.status = 'failed'
)
SELECT told.timestamp, told.stage, step.name AS step, work_item.work_id, input_row.row_index + 1 AS row, told.attempt,
       told.kind, told.message
FROM told
LEFT JOIN work_item ON work_item.id = told.work_item
LEFT JOIN step ON step.id = coalesce(told.step, work_item.step)
LEFT JOIN standing ON standing.id = (
    SELECT one.id FROM standing AS one
    WHERE one.work_item = told.work_item ORDER BY one.planned DESC, one.variant, one.repeat LIMIT 1
)
LEFT JOIN input_row ON input_row.id = standing.input_row
WHERE :kind IS NULL OR told.kind = :kind
ORDER BY told.timestamp, told.source, told.number LIMIT :most
