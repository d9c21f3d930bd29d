-- The attempts at a work item's exact task and sample since a round, in their order. A decision of a person counts as
-- long as the answers that it is about, and only under the variant that it was made in.
SELECT attempt.id, attempt.candidate, attempt.number, attempt.outcome, attempt.detail, attempt.verdict, attempt.score,
       attempt.reasons, response.thoughts, response.answer, cache_entry.id AS cache_entry
FROM attempt
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN cache_entry ON cache_entry.id = (
    SELECT max(latest.id) FROM cache_entry AS latest
    WHERE latest.work_item = attempt.work_item AND latest.attempt = attempt.id
)
WHERE attempt.work_item = :work_item AND attempt.cache_id = :cache_id
  AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = :sample
  AND (coalesce(attempt.round, 0) >= :round
       OR (attempt.outcome = 'human_accepted' OR attempt.outcome = 'human_rejected')
          AND coalesce(attempt.round, 0) >= :tape_round)
  AND (attempt.outcome <> 'human_accepted' AND attempt.outcome <> 'human_rejected'
       OR EXISTS (
           SELECT 1 FROM decision
           CROSS JOIN standing ON standing.variant = decision.variant AND standing.repeat = decision.repeat
           WHERE decision.attempt = attempt.id AND standing.id = :standing
       ))
ORDER BY attempt.id
