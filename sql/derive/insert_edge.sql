-- Records what a work item is made from.
INSERT INTO edge (child, parent, number, cache_entry) VALUES (:child, :parent, :number, :cache_entry)
