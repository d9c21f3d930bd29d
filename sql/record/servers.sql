-- What each server was last taken for, in the order of their addresses.
SELECT server.base_url, server.kind, server.source, server.evidence, server.answered FROM server
WHERE server.id IN (SELECT max(id) FROM server GROUP BY base_url)
ORDER BY server.base_url
