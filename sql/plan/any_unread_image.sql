-- Whether a work item of the plan before a position shows a file that nobody has read yet.
SELECT EXISTS (
    SELECT 1 FROM standing
    WHERE step = :step AND planned = 1 AND position < :before AND images LIKE '%"unread":%'
) AS unread
