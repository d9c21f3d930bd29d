-- Adds a run of a canary that came to its end.
INSERT INTO canary (invocation, number, stage, variant, pin_id, pin, dataset, gold, first_rows, items, accepted, rejected,
    failed, refusals, is_with_promotion, reference, compared, equal, last, compared_last, equal_last, figures, median_ms,
    p95_ms, cost_usd, models, fingerprints, verdict, drifted, noted, started_at, ended_at)
VALUES (:invocation, :number, :stage, :variant, :pin_id, :pin, :dataset, :gold, :first_rows, :items, :accepted, :rejected,
    :failed, :refusals, :is_with_promotion, :reference, :compared, :equal, :last, :compared_last, :equal_last, :figures,
    :median_ms, :p95_ms, :cost_usd, :models, :fingerprints, :verdict, :drifted, :noted, :started_at, :now)
