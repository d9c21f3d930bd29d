-- What the latest cleans have set aside: for the stages :earlier (one stage and all before it), and on the tape.
SELECT (SELECT coalesce(max(invocation), 0) FROM round
        WHERE kind = 'clean' AND stage IN (SELECT value FROM json_each(:earlier))) AS invocation,
       (SELECT coalesce(max(id), 0) FROM round
        WHERE kind = 'clean' AND stage IN (SELECT value FROM json_each(:earlier))) AS round,
       (SELECT coalesce(max(invocation), 0) FROM round WHERE tape = 1) AS tape,
       (SELECT coalesce(max(id), 0) FROM round WHERE tape = 1) AS tape_round
