-- Records what is odd about the usage of a response.
INSERT INTO odd_usage (response, hidden_tokens, unread_tokens, excess_tokens, most_pico_usd)
VALUES (:response, :hidden_tokens, :unread_tokens, :excess_tokens, :most_pico_usd)
