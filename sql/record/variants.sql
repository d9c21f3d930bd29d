-- Every variant with its number, in the order of the numbers; with how many repeats it has planned work items. Steps are
-- few: no index is made for them.
SELECT variant.id, variant.name,
       (SELECT coalesce(max(step.repeat), 0) FROM step CROSS JOIN tally ON tally.step = step.id
        WHERE +step.variant = variant.id AND tally.items > 0) AS repeats
FROM variant ORDER BY variant.id
