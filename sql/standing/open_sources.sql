-- Changes the number of open sources of a standing.
UPDATE standing SET open_sources = open_sources + :by WHERE id = :standing
