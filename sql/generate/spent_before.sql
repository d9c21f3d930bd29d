-- The spending of all other invocations.
SELECT coalesce(sum(calls), 0) AS calls, CAST(total(spent_pico_usd) AS INTEGER) AS spent,
       CAST(total(cost_pico_usd) AS INTEGER) AS cost, coalesce(sum(unpriced_calls), 0) AS unpriced
FROM spending WHERE invocation <> :invocation
