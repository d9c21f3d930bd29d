-- Records that one standing is made from another.
INSERT INTO edge (child, parent, number, is_open) VALUES (:child, :parent, :number, :is_open)
