-- Records what came back.
UPDATE call
SET outcome = :outcome, duration_ms = :duration_ms, http_status = :http_status, model = :model, finish = :finish,
    answer = :answer, envelope = :envelope, error_kind = :error_kind, error = :error, input_tokens = :input_tokens,
    output_tokens = :output_tokens, cached_tokens = :cached_tokens, cache_write_tokens = :cache_write_tokens,
    reasoning_tokens = :reasoning_tokens, service_tier = :service_tier, cost_usd = :cost_usd
WHERE id = :call
