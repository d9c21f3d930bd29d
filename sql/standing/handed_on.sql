-- Marks a range of standings of a step as handed on.
UPDATE standing SET handed_on = :to WHERE step = :step AND handed_on = 0 AND id BETWEEN :first AND :last
