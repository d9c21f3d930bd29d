-- How many calls ended without an answer that was read, or have not ended.
SELECT (SELECT count(*) FROM call WHERE outcome = 'lost') AS lost,
       (SELECT count(*) FROM call WHERE outcome = 'in_flight') AS in_flight
