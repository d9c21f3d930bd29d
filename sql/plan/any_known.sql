-- Whether the run file has work items of a step, under whatever variant, and whether it has them under this one.
SELECT EXISTS (
           SELECT 1 FROM step AS own
           CROSS JOIN step AS any_step ON any_step.base = own.base
           CROSS JOIN standing ON standing.step = any_step.id
           WHERE own.id = :step
       ) AS known,
       EXISTS (SELECT 1 FROM standing WHERE step = :step) AS planned_before
