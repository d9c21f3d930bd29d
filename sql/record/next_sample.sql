-- A sample number that nothing was asked with.
SELECT 1 + max((SELECT coalesce(max(sample), 0) FROM attempt), (SELECT coalesce(max(sample), 0) FROM round)) AS sample
