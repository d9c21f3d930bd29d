-- The outputs that an attempt was made from, in order.
SELECT cache_entry FROM attempt_input WHERE attempt = :attempt ORDER BY number
