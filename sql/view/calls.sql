-- How many calls were made, by the sums that are kept.
SELECT coalesce(sum(calls), 0) AS calls FROM spending
