-- The comparisons of an evaluation, by the numbers of variants, in the order of recording.
SELECT variant, baseline, metric, difference, low, high, test, n, only_variant, only_baseline, p, adjusted_p, verdict,
       more_items, reason, undefined
FROM comparison WHERE manifest = :manifest ORDER BY id
