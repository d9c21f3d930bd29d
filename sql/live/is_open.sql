-- Whether what became of a row in a step is still open: a work item that is not decided, or one that is not handed on.
SELECT EXISTS (
    SELECT 1 FROM standing
    WHERE step = :step AND position = :position AND planned = 1 AND (status = 'pending' OR :is_followed AND handed_on = 0)
) AS open
