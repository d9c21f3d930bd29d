-- Standings that were set aside in what is no `clean`, or were opened in a round before that.
SELECT standing.id
FROM standing
LEFT JOIN round AS aside ON aside.id = standing.set_aside
LEFT JOIN round AS tape ON tape.id = standing.tape_aside
WHERE (standing.set_aside IS NOT NULL OR standing.tape_aside IS NOT NULL)
  AND (aside.kind IS NOT 'clean' OR (tape.id IS NOT NULL AND tape.kind IS NOT 'clean')
       OR coalesce(standing.tape_aside, 0) > standing.set_aside
       OR (standing.cache_id <> '' AND coalesce(standing.round, 0) < standing.set_aside))
ORDER BY standing.id
