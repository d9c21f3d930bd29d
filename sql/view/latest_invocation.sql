-- The latest invocation.
SELECT invocation.command, invocation.version, invocation.pid, invocation.status, invocation.message,
       invocation.started_at, invocation.ended_at,
       (SELECT coalesce(snapshot ->> '$.config.run.name', snapshot ->> '$.steps[0].run.name')
        FROM config ORDER BY id DESC LIMIT 1) AS run_name
FROM invocation ORDER BY invocation.id DESC LIMIT 1
