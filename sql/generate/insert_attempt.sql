-- Records a decided attempt.
INSERT INTO attempt (work_item, task, invocation, round, cache_id, sample, candidate, number, outcome, detail, request,
                     response, output, verdict, score, reasons, decided_at)
VALUES (:work_item, :task, :invocation, :round, :cache_id, :sample, :candidate, :number, :outcome, :detail, :request,
        :response, :output, :verdict, :score, :reasons, :now)
