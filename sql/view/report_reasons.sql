-- The most frequent reasons of the judge for the current attempts, in the order of their number.
SELECT CAST(reason.value AS TEXT) AS reason,
       count(*) AS times,
       sum(attempts.outcome <> 'accepted') AS turned_down
FROM attempts JOIN json_each(attempts.reasons) AS reason
WHERE attempts.current
    AND attempts.step IN (SELECT name FROM step WHERE position >= 0)
    AND attempts.verdict IS NOT NULL
    AND reason.value IS NOT NULL
GROUP BY reason.value
ORDER BY times DESC, reason
LIMIT :limit
