-- The cost of all calls together, and the number of work items by status, from the running sums.
SELECT spent.calls, spent.cost_usd, spent.reserved_usd, spent.calls - spent.priced AS unpriced_calls,
       item.accepted, item.pending
FROM (
    SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(priced_calls), 0) AS priced,
           CASE WHEN sum(priced_calls) > 0 THEN sum(cost_pico_usd) / 1e12 END AS cost_usd,
           CASE WHEN sum(calls - priced_calls - unpriced_calls) > 0
               THEN sum(spent_pico_usd - cost_pico_usd) / 1e12 END AS reserved_usd
    FROM spending
) AS spent,
(
    SELECT coalesce(sum(CASE status WHEN 'accepted' THEN items END), 0) AS accepted,
           coalesce(sum(CASE status WHEN 'pending' THEN items END), 0) AS pending
    FROM tally
) AS item
