-- Begins an invocation.
INSERT INTO invocation (command, version, pid, config, status, started_at)
VALUES (:command, :version, :pid, :config, 'running', :now)
