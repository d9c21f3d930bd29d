-- How many answers the tape holds after a mark.
SELECT count(*) AS n FROM call WHERE id > :after AND outcome = 'answered'
