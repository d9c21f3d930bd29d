-- What each server last said of itself, in the order of their addresses, and whether it has answered since. The other
-- columns are of the row with the max.
SELECT base_url, kind, evidence, answered, max(id) AS newest,
       answered OR base_url IN (
           SELECT spec.body ->> '$.endpoint.base_url'
           FROM response
           JOIN call ON call.id = response.call
           JOIN request ON request.id = call.request
           JOIN spec ON spec.id = request.spec
           WHERE response.outcome = 'answered'
       ) AS is_settled
FROM server WHERE source = 'detected'
GROUP BY base_url ORDER BY base_url
