-- Records a passage that was retrieved.
INSERT INTO retrieved_passage (retrieval, rank, input_row) VALUES (:retrieval, :rank, :input_row)
