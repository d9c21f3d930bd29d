-- Marks a range of standings of a step as seen by the steps that join by a field.
UPDATE standing SET handed_on = 2 WHERE step = :step AND handed_on = 1 AND id BETWEEN :first AND :last
