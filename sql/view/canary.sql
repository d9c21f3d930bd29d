-- A run of a canary by its number.
SELECT canary, stage, variant, verdict, drifted, noted, items, accepted, rejected, failed, refusals, reference, compared,
       equal, equal_share, last_canary, equal_last_share, metrics, median_ms, p95_ms, cost_usd, models, fingerprints,
       first_rows, started_at, ended_at
FROM canaries WHERE canary = :number
