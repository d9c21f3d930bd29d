-- How many work items of the plan stand where.
SELECT count(*) AS planned, sum(status = 'pending') AS pending, sum(status = 'accepted') AS accepted,
       sum(status = 'rejected') AS rejected, sum(status = 'failed') AS failed, sum(status = 'skipped') AS skipped,
       sum(status = 'blocked') AS blocked
FROM work_item WHERE step = :step AND planned = 1
