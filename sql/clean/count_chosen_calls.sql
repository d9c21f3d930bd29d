-- The number of recorded answers to calls for the chosen work items that are not set aside so far.
SELECT count(*) AS n
FROM temp.chosen
CROSS JOIN standing ON standing.id = chosen.id
CROSS JOIN call ON call.work_item = standing.work_item
CROSS JOIN response ON response.call = call.id
WHERE response.outcome = 'answered'
  AND call.invocation > max(:after, coalesce((SELECT invocation FROM round WHERE round.id = standing.tape_aside), 0))
