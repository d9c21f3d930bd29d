-- Ends invocations that never ended. The lock proves that their processes are gone.
UPDATE invocation SET status = 'killed', ended_at = :now WHERE status = 'running'
