-- The verdicts of the judges on an attempt, in their order.
SELECT judge, response, verdict, score, scores, reasons FROM verdict WHERE attempt = :attempt ORDER BY id
