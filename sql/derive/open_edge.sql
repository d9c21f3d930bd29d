-- Sets the place of the source of an edge among those of its child, and whether it counts as open.
UPDATE edge SET number = :number, is_open = :is_open WHERE id = :edge
