-- Every call with what it cost and whether it was answered, in the order of sending.
SELECT call.id, call.invocation, CAST(round(response.cost_usd * 1e12) AS INTEGER) AS cost,
       coalesce(odd_usage.most_pico_usd, call.reserved_pico_usd) AS most, response.invocation AS answered_in
FROM call LEFT JOIN response ON response.call = call.id
LEFT JOIN odd_usage ON odd_usage.response = response.id
ORDER BY call.id
