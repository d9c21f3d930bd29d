-- Forgets what steps that are no longer part of the task made.
DELETE FROM derivation WHERE step IN (SELECT id FROM step WHERE position < 0)
