-- Whether what became of a row in a step was decided under another task.
SELECT EXISTS (
    SELECT 1 FROM standing WHERE step = :step AND position = :position AND planned = 1 AND task <> :task
) AS other
