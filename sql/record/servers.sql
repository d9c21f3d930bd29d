-- What each server was last taken for, in the order of their addresses. The other columns are of the row with the max.
SELECT base_url, kind, source, evidence, answered, max(id) AS newest FROM server
GROUP BY base_url ORDER BY base_url
