-- The steps with the names :names (a list), under all variants, in all repeats.
SELECT step.id FROM json_each(:names) AS named CROSS JOIN step ON step.name = named.value
