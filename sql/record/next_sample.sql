-- A sample number that no request has in any repeat: each has a million of them.
SELECT 1 + max((SELECT coalesce(max((sample - 1) % 1000000 + 1), 0) FROM attempt),
               (SELECT coalesce(max(sample), 0) FROM round)) AS sample
