-- The passages of a retrieval, in order.
SELECT input_row FROM retrieved_passage WHERE retrieval = :retrieval ORDER BY rank
