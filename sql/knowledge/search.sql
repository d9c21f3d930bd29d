-- The passages that go best with words, in order: by BM25, and where that is equal in the order of the collection. Only
-- the first :most passages that have one of the words are compared.
SELECT passage.input_row, passage.document, passage.title, passage.heading_path, passage.line_start, passage.line_end,
    passage.page, passage.text
FROM (
    SELECT id, score FROM (
        SELECT rowid AS id, bm25(passage_word) AS score
        FROM passage_word
        WHERE passage_word MATCH :words
        ORDER BY rowid
        LIMIT :most
    )
    ORDER BY score, id
    LIMIT :count
) AS found
JOIN passage ON passage.id = found.id
ORDER BY found.score, found.id
