-- The work items of the last step by outcome, for each value of those input columns that have few values in the first
-- 1,000 rows, in the order of column and number; all values after the first :limit of a column as one row.
WITH sampled AS MATERIALIZED (
    SELECT input_row.fields
    FROM standing JOIN input_row ON input_row.id = standing.input_row
    WHERE standing.step IN (SELECT value FROM json_each(:steps)) AND standing.planned = 1
    ORDER BY standing.position LIMIT 1000
),
few AS MATERIALIZED (
    SELECT field.key AS number
    FROM sampled JOIN json_each(sampled.fields) AS field
    WHERE field.type = 'text'
    GROUP BY field.key
    HAVING count(DISTINCT field.value) BETWEEN 2 AND :limit
        AND count(DISTINCT field.value) * 2 <= count(*)
        AND max(length(field.value)) <= 80
),
counted AS (
    SELECT few.number,
           min(input_row.dataset) AS dataset,
           input_row.fields ->> few.number AS value,
           count(*) AS planned,
           sum(standing.status = 'accepted') AS accepted,
           sum(standing.status = 'rejected') AS rejected,
           sum(standing.status = 'failed') AS failed,
           sum(standing.status = 'skipped') AS skipped,
           sum(standing.status = 'blocked') AS blocked,
           sum(standing.status = 'pending') AS pending
    FROM standing
    CROSS JOIN input_row ON input_row.id = standing.input_row
    CROSS JOIN few
    WHERE standing.step IN (SELECT value FROM json_each(:steps)) AND standing.planned = 1
    GROUP BY few.number, value
),
ranked AS (
    SELECT counted.*, row_number() OVER (PARTITION BY number ORDER BY planned DESC, value) AS place FROM counted
)
SELECT dataset.columns ->> ranked.number AS name,
       CASE WHEN place <= :limit THEN value END AS value,
       sum(planned) AS planned,
       sum(accepted) AS accepted,
       sum(rejected) AS rejected,
       sum(failed) AS failed,
       sum(skipped) AS skipped,
       sum(blocked) AS blocked,
       sum(pending) AS pending
FROM ranked JOIN dataset ON dataset.id = ranked.dataset
GROUP BY ranked.number, min(place, :limit + 1)
ORDER BY ranked.number, min(place, :limit + 1)
