-- The number of outputs and verdicts by how they compare.
SELECT count(*) FILTER (WHERE output = 'removed') AS outputs_only_a,
       count(*) FILTER (WHERE output = 'added') AS outputs_only_b,
       count(*) FILTER (WHERE output = 'changed') AS outputs_differ,
       count(*) FILTER (WHERE output = 'equal') AS outputs_equal,
       count(*) FILTER (WHERE verdict = 'removed') AS verdicts_only_a,
       count(*) FILTER (WHERE verdict = 'added') AS verdicts_only_b,
       count(*) FILTER (WHERE verdict = 'changed') AS verdicts_differ,
       count(*) FILTER (WHERE verdict = 'equal') AS verdicts_equal
FROM temp.item_pair
