-- A sample number that no request has.
SELECT 1 + max((SELECT coalesce(max(sample), 0) FROM attempt), (SELECT coalesce(max(sample), 0) FROM round)) AS sample
