-- Attempts that say that a person decided and have no decision, or have one that they do not say, in their order.
SELECT attempt.id FROM attempt LEFT JOIN decision ON decision.attempt = attempt.id
WHERE attempt.outcome IS NOT CASE
    WHEN decision.kind IS NULL AND attempt.outcome NOT IN ('human_accepted', 'human_rejected') THEN attempt.outcome
    WHEN decision.kind = 'reject' THEN 'human_rejected'
    WHEN decision.kind IS NOT NULL THEN 'human_accepted'
END
ORDER BY attempt.id LIMIT 20
