-- Whether a work item is open, or waits for what it is made from.
SELECT status = 'pending' AS pending FROM standing WHERE id = :standing
