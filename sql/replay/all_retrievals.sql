-- Everything that templates asked of knowledge, in the order of the collections and of the record.
SELECT id, dataset, query, k FROM retrieval ORDER BY dataset, id
