-- Finds what the run file says of the wanted exact tasks: the latest decision of a person on the same task and sample
-- that is not older than the latest clean of the tape, otherwise the latest accepted output of that round or a later
-- one. A rejection by a person overrules outputs that were accepted before it. What people decided under another variant
-- does not count, and what they wrote there does not either.
INSERT INTO temp.found (id, status, attempt, attempts, cache_entry, sample)
SELECT wanted.id,
       CASE last.outcome WHEN 'human_rejected' THEN 'rejected' ELSE 'accepted' END,
       last.id,
       CASE
           WHEN last.candidate IS NULL
           THEN last.number - (last.outcome = 'human_accepted' OR last.outcome = 'human_rejected')
           ELSE (
               SELECT sum(made) FROM (
                   SELECT max(tried.number) AS made FROM attempt AS tried
                   WHERE tried.work_item = last.work_item AND tried.cache_id = last.cache_id
                     AND coalesce(tried.round, 0) >= wanted.round
                     AND tried.sample - tried.candidate = last.sample - last.candidate
                   GROUP BY tried.sample
               )
           )
       END,
       entry.id,
       last.sample - coalesce(last.candidate, 1) + 1
FROM temp.wanted
CROSS JOIN attempt AS last ON last.id = coalesce(
    (
        SELECT max(decided.id) FROM attempt AS decided
        WHERE decided.work_item = wanted.work_item AND decided.cache_id = wanted.cache_id
          AND (decided.outcome = 'human_accepted' OR decided.outcome = 'human_rejected')
          AND decided.sample = wanted.sample AND coalesce(decided.round, 0) >= max(:tape_round, wanted.tape_round)
          AND EXISTS (
              SELECT 1 FROM decision
              WHERE decision.attempt = decided.id
                AND decision.variant = wanted.variant AND decision.repeat = wanted.repeat
          )
    ),
    (
        SELECT max(accepted.id) FROM attempt AS accepted
        WHERE accepted.work_item = wanted.work_item AND accepted.cache_id = wanted.cache_id
          AND coalesce(accepted.round, 0) >= wanted.round
          AND (accepted.outcome <> 'human_accepted' OR EXISTS (
              SELECT 1 FROM decision
              WHERE decision.attempt = accepted.id
                AND decision.variant = wanted.variant AND decision.repeat = wanted.repeat
          ))
          AND EXISTS (
              SELECT 1 FROM cache_entry
              WHERE cache_entry.work_item = wanted.work_item AND cache_entry.attempt = accepted.id
          )
          AND NOT EXISTS (
              SELECT 1 FROM attempt AS later
              CROSS JOIN decision ON decision.attempt = later.id
              WHERE later.work_item = wanted.work_item AND later.cache_id = wanted.cache_id
                AND later.outcome = 'human_rejected' AND later.id > accepted.id
                AND later.sample = accepted.sample - coalesce(accepted.candidate, 1) + 1
                AND decision.variant = wanted.variant AND decision.repeat = wanted.repeat
          )
    )
)
LEFT JOIN cache_entry AS entry ON entry.id = (
    SELECT max(latest.id) FROM cache_entry AS latest
    WHERE latest.work_item = wanted.work_item AND latest.attempt = last.id
)
