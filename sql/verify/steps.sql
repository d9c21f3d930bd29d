-- Every step of every variant and repeat, in the order of its task: each after those that it takes from.
SELECT id, name, position, variant, repeat, base FROM step ORDER BY variant, repeat, position, id
