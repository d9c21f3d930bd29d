-- Failed and rejected work items, of one kind if it is given, in the order of the input.
SELECT work_id, step, status, kind, message, attempts, last_answer, row_index, group_key, failed_at FROM failures
WHERE :kind IS NULL OR kind = :kind
ORDER BY step, row_index, group_key, work_id LIMIT :most
