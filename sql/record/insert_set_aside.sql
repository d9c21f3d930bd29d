-- Sets aside everything recorded so far for a stage and all after it.
INSERT INTO set_aside (invocation, stage, last_manifest, last_attempt, last_call, created_at)
SELECT :invocation, :stage, (SELECT coalesce(max(id), 0) FROM manifest), (SELECT coalesce(max(id), 0) FROM attempt),
       CASE WHEN :tape THEN (SELECT coalesce(max(id), 0) FROM call) ELSE 0 END, :now
