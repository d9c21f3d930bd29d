-- Begins a round, the next of its invocation.
INSERT INTO round (invocation, number, kind, stage, tape, sample, detail, created_at)
SELECT :invocation, coalesce(max(number), 0) + 1, :kind, :stage, :tape, :sample, :detail, :now
FROM round WHERE invocation = :invocation
