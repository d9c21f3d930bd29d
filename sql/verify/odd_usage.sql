-- What cannot be of the usage of a response, in the order of recording: unread tokens of one that is no answer, more
-- hidden output than output, more input beyond the request than input, or a most that the cost can be where it is known
-- or where more was reserved.
SELECT odd_usage.response
FROM odd_usage
CROSS JOIN response ON response.id = odd_usage.response
CROSS JOIN call ON call.id = response.call
WHERE (response.outcome <> 'answered' AND odd_usage.unread_tokens IS NOT NULL)
   OR odd_usage.hidden_tokens > response.output_tokens OR odd_usage.excess_tokens > response.input_tokens
   OR odd_usage.hidden_tokens <= 0 OR odd_usage.unread_tokens <= 0 OR odd_usage.excess_tokens <= 0
   OR (odd_usage.most_pico_usd IS NOT NULL AND response.cost_usd IS NOT NULL)
   OR odd_usage.most_pico_usd <= call.reserved_pico_usd
ORDER BY odd_usage.response LIMIT 20
