-- Records a request once; yields its rowid when it is new.
INSERT INTO request (request_id, spec, sample, matched, item, messages)
VALUES (:request_id, :spec, :sample, :matched, :item, :messages)
ON CONFLICT (request_id) DO NOTHING RETURNING id
