-- The tokens and the cost of each step and model, in their order.
SELECT step, model, calls, input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens,
       cost_usd, saved_usd, unpriced_calls
FROM costs ORDER BY step, model
