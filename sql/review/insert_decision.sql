-- Records the decision of a person.
INSERT INTO decision (attempt, variant, repeat, looked_at, kind, was, reason, decided_by, decided_at)
VALUES (:attempt, :variant, :repeat, :looked_at, :kind, :was, :reason, :decided_by, :now)
