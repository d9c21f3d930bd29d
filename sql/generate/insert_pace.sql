-- Records a change of pace.
INSERT INTO pace (invocation, model, changed_at, reason, concurrency, requests_per_minute, tokens_per_minute, detail)
VALUES (:invocation, :model, :now, :reason, :concurrency, :requests_per_minute, :tokens_per_minute, :detail)
