-- The spending of all other invocations.
SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(spent_pico_usd), 0) AS spent,
       coalesce(sum(unpriced_calls), 0) AS unpriced
FROM spending WHERE invocation <> :invocation
