-- Adds the value of a metric, or of another figure, for a variant.
INSERT INTO metric_value (manifest, variant, metric, value, low, high, n, missing, undefined)
VALUES (:manifest, :variant, :metric, :value, :low, :high, :n, :missing, :undefined)
