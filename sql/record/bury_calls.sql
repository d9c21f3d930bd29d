-- Marks calls that were sent and never read by a process that is gone; they may have been billed.
UPDATE call SET outcome = 'lost' WHERE outcome = 'in_flight'
