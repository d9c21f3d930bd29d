-- Records the decision of a person.
INSERT INTO decision (attempt, looked_at, kind, was, reason, decided_by, decided_at)
VALUES (:attempt, :looked_at, :kind, :was, :reason, :decided_by, :now)
