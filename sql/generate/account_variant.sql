-- Records what an invocation has spent on a variant so far.
INSERT INTO variant_spending (invocation, variant, calls, spent_pico_usd)
VALUES (:invocation, :variant, :calls, :spent)
ON CONFLICT (invocation, variant) DO UPDATE SET calls = excluded.calls, spent_pico_usd = excluded.spent_pico_usd
