-- Records that a request is about to be sent.
INSERT INTO call (request, work_item, invocation, purpose, outcome, started_at, reserved_usd)
VALUES (:request, :work_item, :invocation, :purpose, 'in_flight', :now, :reserved_usd)
