-- Records what a stage did in an invocation.
INSERT INTO manifest (id, invocation, stage, step, status, reused_from, inputs, outputs, counts, message, started_at,
                      ended_at)
VALUES (:id, :invocation, :stage, :step, :status, :reused_from, :inputs, :outputs, :counts, :message, :started_at,
        :ended_at)
