-- The words of a question that stand in passages, in order: those in the fewest passages first.
SELECT term_count.term, term_count.passages
FROM question_term
JOIN term_count ON term_count.term = question_term.term
ORDER BY term_count.passages, term_count.term
LIMIT :most
