-- The edge from a work item to one that few are made from.
SELECT id, number, cache_entry FROM edge WHERE child = :child AND +parent = :parent
