-- What an invocation has spent so far.
SELECT calls, spent_pico_usd AS spent, unpriced_calls AS unpriced, cost_pico_usd AS cost, priced_calls AS priced
FROM spending WHERE invocation = :invocation
