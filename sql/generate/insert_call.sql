-- Records that a request is about to be sent.
INSERT INTO call (request, work_item, invocation, purpose, outcome, started_at)
VALUES (:request, :work_item, :invocation, :purpose, 'in_flight', :now)
