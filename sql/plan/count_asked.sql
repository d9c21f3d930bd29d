-- How many different sources work items have, and how many different requests.
SELECT count(DISTINCT source) AS sources, count(DISTINCT request) AS requests FROM temp.asked
