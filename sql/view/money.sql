-- The cost of all calls together (NULL where none is known, or where it is 0 beside calls of unknown cost), and the number
-- of work items by status, from the running sums.
SELECT spent.calls, spent.cost_usd, spent.reserved_usd, spent.calls - spent.priced AS unpriced_calls,
       item.accepted, item.pending
FROM (
    SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(priced_calls), 0) AS priced,
           CASE WHEN sum(cost_pico_usd > 0) > 0 OR sum(priced_calls) > 0 AND sum(calls) = sum(priced_calls)
               THEN sum(1.0 * cost_pico_usd) / 1e12 END AS cost_usd,
           CASE WHEN sum(calls - priced_calls - unpriced_calls) > 0 AND sum(1.0 * spent_pico_usd) < 9e18
               THEN sum(1.0 * spent_pico_usd - cost_pico_usd) / 1e12 END AS reserved_usd
    FROM spending
) AS spent,
(
    SELECT coalesce(sum(CASE status WHEN 'accepted' THEN items END), 0) AS accepted,
           coalesce(sum(CASE status WHEN 'pending' THEN items END), 0) AS pending
    FROM tally
) AS item
