-- The groups of the last step with the number of work items by outcome, in the order of their size; all after the first
-- :limit as one row.
WITH counted AS (
    SELECT row_group,
           count(*) AS planned,
           sum(status = 'accepted') AS accepted,
           sum(status = 'rejected') AS rejected,
           sum(status = 'failed') AS failed,
           sum(status = 'skipped') AS skipped,
           sum(status = 'blocked') AS blocked,
           sum(status = 'pending') AS pending
    FROM standing
    WHERE planned = 1 AND row_group IS NOT NULL AND step IN (SELECT value FROM json_each(:steps))
    GROUP BY row_group
),
ranked AS (
    SELECT counted.*, row_group.group_key, row_group.row_count, row_group.included_rows,
           row_number() OVER (ORDER BY planned DESC, row_group.row_count DESC, group_key, row_group.id) AS place
    FROM counted CROSS JOIN row_group ON row_group.id = counted.row_group
)
SELECT min(place, :limit + 1) AS place,
       count(*) AS groups,
       min(row_group) AS row_group,
       min(group_key) AS group_key,
       sum(row_count) AS row_count,
       sum(included_rows) AS included_rows,
       sum(planned) AS planned,
       sum(accepted) AS accepted,
       sum(rejected) AS rejected,
       sum(failed) AS failed,
       sum(skipped) AS skipped,
       sum(blocked) AS blocked,
       sum(pending) AS pending
FROM ranked
GROUP BY min(place, :limit + 1)
ORDER BY place
