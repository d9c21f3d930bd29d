-- What is odd about the answers on record to the planned work items of a step, under their present task: thoughts before
-- the text or inside it, a word for the end of which the meaning is not known, output that the provider did not count as
-- such, and prompts that it did not read to their end. By judge (NULL of a generation), model as asked, model as served,
-- word and what is inside, in this order. Answers of invocations up to :after do not count. Where the record has nothing
-- odd at all, no answer is read.
WITH answer AS (
    SELECT NULL AS judge, attempt.response
    FROM standing
    CROSS JOIN attempt ON attempt.work_item = standing.work_item AND attempt.cache_id = standing.cache_id
        AND coalesce(attempt.round, 0) >= coalesce(standing.tape_aside, 0)
    WHERE standing.step = :step AND standing.planned = 1
      AND (EXISTS (SELECT 1 FROM odd_usage)
           OR EXISTS (SELECT 1 FROM response INDEXED BY response_odd
                      WHERE thoughts IS NOT NULL OR leftover IS NOT NULL OR finish = 'unknown'))
    UNION ALL
    SELECT verdict.judge, verdict.response
    FROM standing
    CROSS JOIN attempt ON attempt.work_item = standing.work_item AND attempt.cache_id = standing.cache_id
        AND coalesce(attempt.round, 0) >= coalesce(standing.tape_aside, 0)
    CROSS JOIN verdict ON verdict.attempt = attempt.id
    WHERE standing.step = :step AND standing.planned = 1
      AND (EXISTS (SELECT 1 FROM odd_usage)
           OR EXISTS (SELECT 1 FROM response INDEXED BY response_odd
                      WHERE thoughts IS NOT NULL OR leftover IS NOT NULL OR finish = 'unknown'))
),
odd AS (
    SELECT DISTINCT answer.judge, answer.response
    FROM answer
    CROSS JOIN response ON response.id = answer.response
    LEFT JOIN odd_usage ON odd_usage.response = response.id
    WHERE response.invocation > :after
      AND (response.thoughts IS NOT NULL OR response.leftover IS NOT NULL OR response.finish = 'unknown'
           OR odd_usage.response IS NOT NULL)
)
SELECT odd.judge, spec.model, coalesce(response.model, spec.model) AS served,
       CASE WHEN response.finish = 'unknown' THEN coalesce(response.finish_reason, response.finish) END AS word,
       response.leftover, count(*) AS answers,
       count(response.thoughts) AS thoughts,
       count(odd_usage.hidden_tokens) AS hidden_answers,
       CAST(total(odd_usage.hidden_tokens) AS INTEGER) AS hidden_tokens,
       sum(odd_usage.hidden_tokens IS NOT NULL AND response.cost_usd IS NULL) AS unpriced,
       count(odd_usage.unread_tokens) AS cut_answers,
       max(CASE WHEN odd_usage.unread_tokens IS NOT NULL THEN response.input_tokens END) AS most_read
FROM odd
CROSS JOIN response ON response.id = odd.response
CROSS JOIN call ON call.id = response.call
CROSS JOIN request ON request.id = call.request
CROSS JOIN spec ON spec.id = request.spec
LEFT JOIN odd_usage ON odd_usage.response = response.id
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
