-- Adds one work item.
INSERT INTO work_item (work_id, step, source_kind, source) VALUES (:work_id, :step, :source_kind, :source)
