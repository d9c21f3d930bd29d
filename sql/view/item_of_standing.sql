-- The work item of a standing under the base task.
SELECT work_item FROM standing WHERE id = :standing AND variant = 1 AND repeat = 1
