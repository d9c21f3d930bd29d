-- Counts in how many passages each word stands.
INSERT INTO term_count (term, passages) SELECT term, doc FROM passage_term
