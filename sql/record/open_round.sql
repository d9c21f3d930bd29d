-- The latest forced round of a stage, if it is still open and nothing was set aside since.
SELECT id, sample, invocation, created_at FROM round
WHERE id = (SELECT max(id) FROM round WHERE kind = 'force' AND stage = :stage)
  AND NOT EXISTS (SELECT 1 FROM round_end WHERE round_end.round = round.id)
  AND NOT EXISTS (
      SELECT 1 FROM round AS later
      WHERE later.id > round.id AND later.kind = 'clean' AND later.stage IN (SELECT value FROM json_each(:earlier))
  )
