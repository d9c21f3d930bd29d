-- Begins an invocation.
INSERT INTO invocation (uid, command, version, pid, config, status, started_at)
VALUES (:uid, :command, :version, :pid, :config, 'running', :now)
