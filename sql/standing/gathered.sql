-- Says that the steps which need everything have looked at standings of a step that follow each other.
UPDATE standing SET handed_on = 2 WHERE step = :step AND handed_on = 1 AND id BETWEEN :first AND :last
