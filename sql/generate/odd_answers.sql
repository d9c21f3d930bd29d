-- The odd answers on record to the planned work items of a step, under their present task: those with thoughts before the
-- text, or with what may be none of it inside, and those that ended with a word of which the meaning is not known. By
-- judge (NULL of a generation), model, word and what is inside. Answers of invocations up to :after do not count.
WITH odd AS (
    SELECT NULL AS judge, response.id, response.call, response.thoughts IS NOT NULL AS thinks, response.leftover,
           response.finish, response.finish_reason
    FROM standing
    CROSS JOIN attempt ON attempt.work_item = standing.work_item AND attempt.cache_id = standing.cache_id
    CROSS JOIN response ON response.id = attempt.response
    WHERE standing.step = :step AND standing.planned = 1 AND response.invocation > :after
      AND (response.thoughts IS NOT NULL OR response.leftover IS NOT NULL OR response.finish = 'unknown')
    UNION
    SELECT verdict.judge, response.id, response.call, response.thoughts IS NOT NULL AS thinks, response.leftover,
           response.finish, response.finish_reason
    FROM standing
    CROSS JOIN attempt ON attempt.work_item = standing.work_item AND attempt.cache_id = standing.cache_id
    CROSS JOIN verdict ON verdict.attempt = attempt.id
    CROSS JOIN response ON response.id = verdict.response
    WHERE standing.step = :step AND standing.planned = 1 AND response.invocation > :after
      AND (response.thoughts IS NOT NULL OR response.leftover IS NOT NULL OR response.finish = 'unknown')
)
SELECT odd.judge, spec.model, CASE WHEN odd.finish = 'unknown' THEN coalesce(odd.finish_reason, odd.finish) END AS word,
       odd.leftover, count(*) AS answers, sum(odd.thinks) AS thoughts
FROM odd
CROSS JOIN call ON call.id = odd.call
CROSS JOIN request ON request.id = call.request
CROSS JOIN spec ON spec.id = request.spec
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
