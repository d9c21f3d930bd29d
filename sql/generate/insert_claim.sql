-- Records a claim of an attempt's output, as it was held against the lines of its row.
INSERT INTO claim (attempt, number, path, cited_start, cited_end, line_start, line_end, quote, status)
VALUES (:attempt, :number, :path, :cited_start, :cited_end, :line_start, :line_end, :quote, :status)
