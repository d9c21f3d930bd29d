-- The reasons why work items are skipped or blocked, in the order of the steps and of their number; at most :limit
-- reasons. Names of single work items are left out of a reason: of a source, its step is named. Steps without such work
-- items are not read.
WITH held AS (
    SELECT step.position, step.name AS step, standing.status, standing.reason,
           instr(standing.reason, ', which it is made from, is ') AS cut,
           (
               SELECT parent_step.name
               FROM edge
               JOIN standing AS parent ON parent.id = edge.parent
               JOIN step AS parent_step ON parent_step.id = parent.step
               WHERE edge.child = standing.id AND parent.status <> 'accepted'
               ORDER BY edge.number LIMIT 1
           ) AS behind
    FROM standing JOIN step ON step.id = standing.step
    WHERE standing.planned = 1 AND standing.status IN ('skipped', 'blocked') AND standing.variant = 1
      AND standing.repeat = 1
      AND standing.step IN (SELECT step FROM tally WHERE status IN ('skipped', 'blocked') AND items > 0)
),
told AS (
    SELECT position, step, status,
           CASE
               WHEN cut > 0 THEN coalesce(behind, 'what it is made from') || substr(reason, cut + 24)
               ELSE reason
           END AS reason
    FROM held
)
SELECT step, status, reason, count(*) AS items
FROM told
GROUP BY position, step, status, reason
ORDER BY position, items DESC, status, reason
LIMIT :limit
