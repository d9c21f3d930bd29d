-- What requests have in common, with the parameters that were sent.
SELECT id, body -> '$.parameters' AS parameters FROM spec ORDER BY id
