-- The work items of the plan, counted by how their results have changed since before answers were read again; one row.
SELECT
    count(*) FILTER (WHERE now_accepted AND was_accepted AND output IS before_output) AS same,
    count(*) FILTER (WHERE now_accepted AND was_accepted AND output IS NOT before_output) AS changed,
    count(*) FILTER (WHERE now_accepted AND NOT was_accepted) AS gained,
    count(*) FILTER (WHERE was_accepted AND (status = 'rejected' OR status = 'failed')) AS lost,
    count(*) FILTER (WHERE NOT was_accepted AND (status = 'rejected' OR status = 'failed')) AS still_not,
    count(*) FILTER (WHERE status = 'pending') AS open,
    count(*) FILTER (WHERE status = 'skipped' OR status = 'blocked') AS held_back
FROM (
    SELECT
        standing.status,
        standing.status = 'accepted' AS now_accepted,
        coalesce(read_before.status = 'accepted', 0) AS was_accepted,
        cache_entry.output,
        read_before.output AS before_output
    FROM standing
    LEFT JOIN temp.read_before ON read_before.id = standing.id
    LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
    WHERE standing.planned = 1 AND standing.variant = 1 AND standing.repeat = 1
)
