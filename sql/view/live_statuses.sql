-- Where the work items stand that a row became in a step.
SELECT standing.status FROM standing
WHERE standing.step = :step AND standing.position = :position AND standing.planned = 1
