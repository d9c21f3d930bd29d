-- The recorded spending of each invocation, in their order.
SELECT invocation, calls, spent_pico_usd, cost_pico_usd, priced_calls, unpriced_calls, oldest_open
FROM spending ORDER BY invocation
