-- The recorded counts of each step and variant, in the order of their keys.
SELECT step, variant, status, items FROM tally ORDER BY step, variant, status
