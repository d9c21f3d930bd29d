-- The metrics of every evaluation, in the order of the evaluations; figures that are no metrics have no `n`.
SELECT manifest.invocation, metric_value.variant, metric_value.metric, metric_value.value
FROM metric_value CROSS JOIN manifest ON manifest.id = metric_value.manifest
WHERE metric_value.n IS NOT NULL
ORDER BY metric_value.manifest, metric_value.id
