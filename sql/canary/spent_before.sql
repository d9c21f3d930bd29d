-- What all invocations spent up to the last one that finished a run of the canary.
SELECT coalesce(sum(calls), 0) AS calls, CAST(total(spent_pico_usd) AS INTEGER) AS spent FROM spending
WHERE invocation <= (SELECT coalesce(max(invocation), 0) FROM canary)
