-- The last promotion to each stage: what it pinned. They are few.
SELECT stage, pin FROM promotion
WHERE id IN (SELECT max(latest.id) FROM promotion AS latest GROUP BY latest.stage)
ORDER BY stage
