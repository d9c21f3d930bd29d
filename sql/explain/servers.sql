-- What the servers are taken for that a work item was asked on, in the order of their addresses. Not those that their
-- address names.
SELECT server.base_url, server.kind, server.evidence FROM server
WHERE server.id IN (SELECT max(id) FROM server GROUP BY base_url) AND server.source <> 'address'
  AND server.base_url IN (
      SELECT spec.body ->> '$.endpoint.base_url' FROM call
      JOIN request ON request.id = call.request
      JOIN spec ON spec.id = request.spec
      WHERE call.work_item = :item
  )
ORDER BY server.base_url
