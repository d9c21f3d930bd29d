-- The attempt nearest to a work item's exact task and sample among those that are for another one or no longer count:
-- the latest for the same exact task, otherwise the latest of all. `variant` is the name of another variant whose present
-- task it was for.
SELECT attempt.id, attempt.work_item, attempt.number, attempt.candidate, attempt.sample, attempt.cache_id,
       attempt.outcome, attempt.invocation, coalesce(attempt.round, 0) AS round, attempt.decided_at, attempt.request,
       task.parts, invocation.command,
       (SELECT variant.name
        FROM standing CROSS JOIN variant ON variant.id = standing.variant
        WHERE standing.work_item = attempt.work_item AND standing.cache_id = attempt.cache_id
          AND standing.planned = 1 AND standing.variant <> :variant
        ORDER BY standing.variant LIMIT 1) AS variant
FROM attempt
JOIN task ON task.id = attempt.task
JOIN invocation ON invocation.id = attempt.invocation
WHERE attempt.work_item = :item
  AND NOT EXISTS (
      SELECT 1 FROM decision
      WHERE decision.attempt = attempt.id AND (decision.variant <> :variant OR decision.repeat <> :repeat)
  )
  AND NOT (
      attempt.cache_id = :cache_id AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = :sample
      AND (coalesce(attempt.round, 0) BETWEEN :from AND :to
           OR (coalesce(attempt.round, 0) BETWEEN :decided_from AND :to
               AND attempt.outcome IN ('human_accepted', 'human_rejected'))
           OR attempt.id IS :last)
  )
ORDER BY attempt.cache_id = :cache_id DESC, attempt.id DESC LIMIT 1
