-- Makes the known ones of the work items that are asked for findable.
CREATE INDEX temp.planned_work_item ON planned (work_item)
