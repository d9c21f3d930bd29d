-- What each server said of itself, the newest, in the order of their addresses; and whether it has answered a request.
SELECT server.base_url, server.kind, server.evidence, server.answered,
       server.answered OR EXISTS (
           SELECT 1 FROM spec
           JOIN request ON request.spec = spec.id
           JOIN call ON call.request = request.id
           JOIN response ON response.call = call.id
           WHERE spec.body ->> '$.endpoint.base_url' = server.base_url AND response.outcome = 'answered'
       ) AS is_settled
FROM server
WHERE server.id IN (SELECT max(id) FROM server WHERE source = 'detected' GROUP BY base_url)
ORDER BY server.base_url
