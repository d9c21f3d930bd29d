-- What was pinned as each stage, in the order of promotions.
SELECT stage, pin FROM promotion ORDER BY id
