-- Says for which steps what is made from standings of a step that follow each other follows from where they stand now.
UPDATE standing SET handed_on = :to WHERE step = :step AND handed_on = 0 AND id BETWEEN :first AND :last
