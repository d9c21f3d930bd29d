-- The reasons why work items of the task itself are skipped or blocked, or with :anywhere those of all variants, in the order
-- of variants, repeats and steps and of their number; at most :limit reasons. Names of single work items are left out of a
-- reason: of a source, its step is named. Steps without such work items are not read.
WITH held AS (
    SELECT step.position, step.name AS step, standing.variant, standing.repeat, standing.status, standing.reason,
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
    WHERE standing.planned = 1 AND standing.status IN ('skipped', 'blocked') AND (:anywhere OR standing.variant = 1 AND standing.repeat = 1)
      AND standing.step IN (SELECT step FROM tally WHERE status IN ('skipped', 'blocked') AND items > 0)
),
told AS (
    SELECT position, step, variant, repeat, status,
           CASE
               WHEN cut > 0 THEN coalesce(behind, 'what it is made from') || substr(reason, cut + 24)
               ELSE reason
           END AS reason
    FROM held
)
SELECT told.step, told.status, told.reason, told.variant AS number, variant.name AS variant, told.repeat, count(*) AS items
FROM told JOIN variant ON variant.id = told.variant
GROUP BY told.variant, told.repeat, told.position, told.step, told.status, told.reason
ORDER BY told.variant, told.repeat, told.position, items DESC, told.status, told.reason
LIMIT :limit
