-- Invocations whose totals are not those of their calls, in their order. Sums of decimal fractions are off by a little.
SELECT asked.invocation
FROM (
    SELECT invocation, count(*) AS calls, total(coalesce(cost_usd, reserved_usd)) AS spent_usd,
           sum(cost_usd IS NULL AND reserved_usd IS NULL) AS unpriced
    FROM call GROUP BY invocation
) AS asked
LEFT JOIN spending ON spending.invocation = asked.invocation
WHERE (spending.calls, spending.unpriced_calls) IS NOT (asked.calls, asked.unpriced)
   OR abs(spending.spent_pico_usd / 1e12 - asked.spent_usd) > 1e-9 * (1 + asked.spent_usd)
ORDER BY asked.invocation
