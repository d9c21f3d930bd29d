-- How many attempts are recorded after a mark.
SELECT count(*) AS n FROM attempt WHERE id > :after
