-- The edge from a work item that joins many to one of them.
SELECT id, number, cache_entry FROM edge WHERE parent = :parent AND +child = :child
