-- The latest invocation.
SELECT invocation.command, invocation.version, invocation.pid, invocation.status, invocation.message,
       invocation.started_at, invocation.ended_at,
       (SELECT snapshot ->> '$.config.run.name' FROM config ORDER BY id DESC LIMIT 1) AS run_name
FROM invocation ORDER BY invocation.id DESC LIMIT 1
