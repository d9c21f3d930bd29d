-- Records that a request is about to be sent.
INSERT INTO call (request, work_item, invocation, is_judge, reserved_pico_usd, started_at)
VALUES (:request, :work_item, :invocation, :is_judge, :reserved_pico_usd, :now)
