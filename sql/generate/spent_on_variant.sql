-- The spending on a variant: of all other invocations, and of this one.
SELECT coalesce(sum(CASE WHEN invocation <> :invocation THEN calls END), 0) AS calls_before,
       CAST(total(CASE WHEN invocation <> :invocation THEN spent_pico_usd END) AS INTEGER) AS spent_before,
       coalesce(sum(CASE WHEN invocation = :invocation THEN calls END), 0) AS calls,
       CAST(total(CASE WHEN invocation = :invocation THEN spent_pico_usd END) AS INTEGER) AS spent
FROM variant_spending WHERE variant = :variant
