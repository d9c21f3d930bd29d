-- The format of the first input that the run file took.
SELECT id, format FROM dataset WHERE role = 'input' ORDER BY id LIMIT 1
