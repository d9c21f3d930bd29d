-- Forgets from which states of work items others were made: all are made anew.
DELETE FROM derivation
