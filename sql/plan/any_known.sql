-- Whether the record has work items of a step at all.
SELECT EXISTS (SELECT 1 FROM standing WHERE step = :step) AS known
