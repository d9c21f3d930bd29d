-- Chooses what is made from the chosen standings, and what is made from that, and so on.
INSERT INTO temp.chosen (id)
WITH RECURSIVE made (id) AS (
    SELECT id FROM temp.chosen
    UNION
    SELECT edge.child FROM made CROSS JOIN edge ON edge.parent = made.id
)
SELECT id FROM made WHERE true
ON CONFLICT DO NOTHING
