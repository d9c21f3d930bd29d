-- What each server last said of itself, in the order of their addresses, and whether it has answered since. The other
-- columns are of the row with the max.
SELECT base_url, kind, evidence, answered, max(id) AS newest,
       answered OR EXISTS (
           SELECT 1 FROM spec
           JOIN request ON request.spec = spec.id
           JOIN call ON call.request = request.id
           JOIN response ON response.call = call.id
           WHERE spec.body ->> '$.endpoint.base_url' = server.base_url AND response.outcome = 'answered'
       ) AS is_settled
FROM server WHERE source = 'detected'
GROUP BY base_url ORDER BY base_url
