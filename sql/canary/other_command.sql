-- A command that is no canary and planned work items.
SELECT invocation.command FROM plan CROSS JOIN invocation ON invocation.id = plan.invocation
WHERE invocation.command <> 'canary' AND invocation.command <> 'parse' LIMIT 1
