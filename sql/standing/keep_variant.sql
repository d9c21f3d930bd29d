-- Of the chosen standings, keeps those under a variant, in a repeat.
DELETE FROM temp.chosen
WHERE id IN (
    SELECT chosen.id FROM temp.chosen CROSS JOIN standing ON standing.id = chosen.id
    WHERE standing.variant <> :variant OR standing.repeat <> :repeat
)
