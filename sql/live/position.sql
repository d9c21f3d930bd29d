-- The place of a standing in its plan.
SELECT position FROM standing WHERE id = :standing
