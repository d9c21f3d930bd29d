-- Records a group and its context.
INSERT INTO row_group (dataset, group_context_id, group_key, row_count, included_rows, context)
VALUES (:dataset, :group_context_id, :group_key, :row_count, :included_rows, :context)
