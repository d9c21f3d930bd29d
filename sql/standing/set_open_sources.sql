-- Sets the number of open sources of a standing.
UPDATE standing SET open_sources = :open WHERE id = :standing AND open_sources <> :open
