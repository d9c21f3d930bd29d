-- What the calls of the run file cost together.
SELECT sum(cost_usd) AS cost_usd, sum(saved_usd) AS saved_usd, coalesce(sum(unpriced_calls), 0) AS unpriced_calls
FROM costs
