-- The attempts at a work item for one exact task and sample from some rounds, in the order in which they were decided.
-- Decisions of people count from an earlier round on, under the variant that they were made in; the attempt that decides
-- the standing always counts.
SELECT attempt.id, attempt.work_item, attempt.number, attempt.candidate, attempt.sample, attempt.cache_id,
       attempt.outcome, attempt.invocation, coalesce(attempt.round, 0) AS round, attempt.decided_at, attempt.request,
       task.parts, invocation.command
FROM attempt
JOIN task ON task.id = attempt.task
JOIN invocation ON invocation.id = attempt.invocation
WHERE attempt.work_item = :item AND attempt.cache_id = :cache_id
  AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = :sample
  AND (coalesce(attempt.round, 0) BETWEEN :from AND :to
       OR (coalesce(attempt.round, 0) BETWEEN :decided_from AND :to
           AND attempt.outcome IN ('human_accepted', 'human_rejected'))
       OR attempt.id IS :last)
  AND NOT EXISTS (
      SELECT 1 FROM decision
      WHERE decision.attempt = attempt.id AND (decision.variant <> :variant OR decision.repeat <> :repeat)
  )
ORDER BY attempt.id
