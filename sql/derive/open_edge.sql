-- Says whether what an edge leads to is open.
UPDATE edge SET is_open = :is_open WHERE id = :edge
