-- Makes the work items that are asked for findable by their id.
CREATE INDEX temp.planned_work_id ON planned (work_id)
