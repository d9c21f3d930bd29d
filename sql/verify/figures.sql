-- The figures of an evaluation, by the numbers of variants, in the order of recording.
SELECT variant, metric, value, low, high, n, missing, undefined FROM metric_value WHERE manifest = :manifest ORDER BY id
