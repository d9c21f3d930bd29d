-- How many attempts were recorded since a round.
SELECT count(*) AS n FROM attempt WHERE coalesce(round, 0) >= :round
