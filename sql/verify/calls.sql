-- Every call with what it cost and whether it was answered, in the order of sending.
SELECT call.id, call.invocation, call.reserved_usd, response.cost_usd, response.invocation AS answered_in
FROM call LEFT JOIN response ON response.call = call.id
ORDER BY call.id
