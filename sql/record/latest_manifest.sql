-- The newest finished manifest of a stage, and of a step, a collection of knowledge or another role of a data set if it
-- has one, that has not been set aside.
SELECT id, inputs, outputs, counts FROM manifest
WHERE stage = :stage AND step IS :step AND status = 'done' AND +invocation > :after
  AND inputs ->> '$.knowledge' IS :knowledge AND inputs ->> '$.role' IS :role
ORDER BY id DESC LIMIT 1
