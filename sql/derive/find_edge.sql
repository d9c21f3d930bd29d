-- The edge from a standing to one that it is made from.
SELECT id, number, is_open FROM edge WHERE parent = :parent AND child = :child
