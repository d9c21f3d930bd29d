-- Counts one source of a standing more, or one less, as open.
UPDATE standing SET open_sources = open_sources + :by WHERE id = :standing
