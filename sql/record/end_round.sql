-- Ends a forced round.
INSERT INTO round_end (round, invocation, ended_at) VALUES (:round, :invocation, :now)
