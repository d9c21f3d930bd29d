-- Records the response to a call.
INSERT INTO response (call, invocation, duration_ms, http_status, model, finish, finish_reason, thoughts, leftover,
                      answer, envelope, error_kind, error,
                      input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, service_tier,
                      cost_usd)
VALUES (:call, :invocation, :duration_ms, :http_status, :model, :finish, :finish_reason, :thoughts, :leftover,
        :answer, :envelope, :error_kind, :error,
        :input_tokens, :output_tokens, :cached_tokens, :cache_write_tokens, :reasoning_tokens, :service_tier, :cost_usd)
