-- The number of calls, from the running sums.
SELECT coalesce(sum(calls), 0) AS calls FROM spending
