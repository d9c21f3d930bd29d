-- Creates an index on the work items of a plan that the run file already has.
CREATE INDEX temp.planned_work_item ON planned (work_item)
