-- What each step and model used and cost, in their order.
SELECT step, model, calls, input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens,
       cost_usd, saved_usd, unpriced_calls
FROM costs ORDER BY step, model
