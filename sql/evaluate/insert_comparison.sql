-- Adds the comparison of a variant with the baseline under a metric.
INSERT INTO comparison (manifest, variant, baseline, metric, difference, low, high, test, n, only_variant, only_baseline,
    p, adjusted_p, verdict, more_items, reason, undefined)
VALUES (:manifest, :variant, :baseline, :metric, :difference, :low, :high, :test, :n, :only_variant, :only_baseline,
    :p, :adjusted_p, :verdict, :more_items, :reason, :undefined)
