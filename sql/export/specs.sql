-- What requests have in common, with the parameters that were sent; where no model is asked, none are.
SELECT id, CASE WHEN provider IN ('recorded', 'sample') THEN NULL ELSE body -> '$.parameters' END AS parameters
FROM spec
ORDER BY id
