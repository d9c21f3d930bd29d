-- Every :stride-th work item before a position that is to be asked, in the order of the plan.
SELECT position, sample, tape_after FROM (
    SELECT position, sample, tape_after, row_number() OVER (ORDER BY position) - 1 AS number
    FROM temp.forecast WHERE position < :before AND state IN ('new', 'changed', 'open', 'again')
) WHERE number % :stride = 0 ORDER BY position
