-- Says how many sources of a standing are open.
UPDATE standing SET open_sources = :open WHERE id = :standing AND open_sources <> :open
