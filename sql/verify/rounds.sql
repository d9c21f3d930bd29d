-- Every round and its end, in the order of recording.
SELECT round.id, round.invocation, round.number, round.kind, round_end.round IS NOT NULL AS is_ended,
       round_end.invocation AS ended_in
FROM round LEFT JOIN round_end ON round_end.round = round.id
ORDER BY round.id
