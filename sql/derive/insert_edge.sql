-- Records what a standing is made from.
INSERT INTO edge (child, parent, number, is_open) VALUES (:child, :parent, :number, :is_open)
