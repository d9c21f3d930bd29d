-- Records a decision of a person as an attempt.
INSERT INTO attempt (work_item, task, invocation, round, cache_id, sample, number, outcome, detail, request, response,
                     output, reasons, decided_at)
VALUES (:work_item, :task, :invocation, :round, :cache_id, :sample, :number, :outcome, :detail, :request, :response,
        :output, :reasons, :now)
