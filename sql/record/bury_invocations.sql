-- Marks invocations that never ended: the lock says that their process is gone.
UPDATE invocation SET status = 'killed', ended_at = :now WHERE status = 'running'
