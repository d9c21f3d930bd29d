-- The newest finished manifest of a stage that has not been set aside.
SELECT id, inputs, outputs, counts FROM manifest
WHERE stage = :stage AND status = 'done' AND id > :after
ORDER BY id DESC LIMIT 1
