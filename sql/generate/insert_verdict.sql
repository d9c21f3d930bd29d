-- Records what one judge said of an attempt.
INSERT INTO verdict (attempt, number, judge, call, verdict, score, scores, reasons)
VALUES (:attempt, :number, :judge, :call, :verdict, :score, :scores, :reasons)
