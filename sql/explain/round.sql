-- A round.
SELECT kind, invocation, created_at FROM round WHERE id = :round
