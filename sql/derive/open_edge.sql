-- Sets whether the source of an edge counts as open.
UPDATE edge SET is_open = :is_open WHERE id = :edge
