-- What the servers are taken for that a work item was asked on, in the order of their addresses. Not those that their
-- address names. The other columns are of the row with the max.
SELECT base_url, kind, evidence, source, max(id) AS newest FROM server
WHERE base_url IN (
    SELECT spec.body ->> '$.endpoint.base_url' FROM call
    JOIN request ON request.id = call.request
    JOIN spec ON spec.id = request.spec
    WHERE call.work_item = :item
)
GROUP BY base_url HAVING source <> 'address' ORDER BY base_url
