-- Records what an invocation has spent so far.
INSERT INTO spending (invocation, calls, spent_pico_usd, cost_pico_usd, priced_calls, unpriced_calls, oldest_open)
VALUES (:invocation, :calls, :spent, :cost, :priced, :unpriced, :oldest_open)
ON CONFLICT (invocation) DO UPDATE
SET calls = excluded.calls, spent_pico_usd = excluded.spent_pico_usd, cost_pico_usd = excluded.cost_pico_usd,
    priced_calls = excluded.priced_calls, unpriced_calls = excluded.unpriced_calls, oldest_open = excluded.oldest_open
