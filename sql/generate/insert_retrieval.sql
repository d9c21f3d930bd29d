-- Records what a template asked of a collection of knowledge in an attempt.
INSERT INTO retrieval (attempt, number, purpose, dataset, query, k)
VALUES (:attempt, :number, :purpose, :dataset, :query, :k)
