-- What an invocation has spent so far.
INSERT INTO spending (invocation, calls, spent_pico_usd, unpriced_calls, oldest_open)
VALUES (:invocation, :calls, :spent, :unpriced, :oldest_open)
ON CONFLICT (invocation) DO UPDATE
SET calls = excluded.calls, spent_pico_usd = excluded.spent_pico_usd, unpriced_calls = excluded.unpriced_calls,
    oldest_open = excluded.oldest_open
