-- What each judge said about an attempt, in their order.
SELECT judge, response, verdict, score, scores, reasons FROM verdict WHERE attempt = :attempt ORDER BY id
