-- Records the verdict of one judge on an attempt.
INSERT INTO verdict (attempt, number, judge, response, verdict, score, scores, reasons)
VALUES (:attempt, :number, :judge, :response, :verdict, :score, :scores, :reasons)
