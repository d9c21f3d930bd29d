-- The responses that an attempt was decided by, in order: that of the generation, then those of the judges.
SELECT judge, response
FROM (
    SELECT 0 AS number, NULL AS judge, response FROM attempt WHERE id = :attempt AND response IS NOT NULL
    UNION ALL
    SELECT number, judge, response FROM verdict WHERE attempt = :attempt
)
ORDER BY number
