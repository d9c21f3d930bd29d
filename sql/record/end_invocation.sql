-- Ends an invocation.
UPDATE invocation SET status = :status, message = :message, ended_at = :now WHERE id = :invocation
