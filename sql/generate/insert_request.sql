-- Records a request once.
INSERT INTO request (request_id, spec, sample, matched, item, messages)
VALUES (:request_id, :spec, :sample, :matched, :item, :messages)
ON CONFLICT (request_id) DO NOTHING
