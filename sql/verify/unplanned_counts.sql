-- Steps whose work items do not add up.
SELECT step FROM progress WHERE planned <> accepted + rejected + failed + skipped + blocked + pending ORDER BY step
