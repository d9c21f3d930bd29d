-- Every call with what it cost and whether it was answered, in the order of sending.
SELECT call.id, call.invocation, coalesce(response.most_pico_usd, call.reserved_pico_usd) AS most,
       response.cost_pico_usd AS cost, response.invocation AS answered_in
FROM call LEFT JOIN response ON response.call = call.id
ORDER BY call.id
