-- Records what kind a server is taken for.
INSERT INTO server (invocation, base_url, kind, source, evidence, answered, found_at)
VALUES (:invocation, :base_url, :kind, :source, :evidence, :answered, :now)
