-- How far raters agree on what has short values, :longest characters at most: readers, judges and people, in this order.
SELECT kind, step, field, judge, raters, items, agreed, cohen_kappa, fleiss_kappa, alpha, level, variant
FROM agreement_figures
WHERE longest <= :longest
ORDER BY kind = 'people', kind = 'judges', step, field, judge, variant
