-- Gives an edge its place and the output that it stands for.
UPDATE edge SET number = :number, cache_entry = :cache_entry WHERE id = :edge
