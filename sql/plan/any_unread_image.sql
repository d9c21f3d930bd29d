-- Whether a work item of the plan before a position shows a file that has not been read yet.
SELECT EXISTS (
    SELECT 1 FROM standing
    WHERE step = :step AND planned = 1 AND position < :before AND images LIKE '%"unread":%'
) AS unread
