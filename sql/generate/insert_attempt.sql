-- Records an attempt that is decided.
INSERT INTO attempt (work_item, task, invocation, cache_id, sample, number, outcome, detail, request, call, judge_call,
                     verdict, score, reasons, candidate, decided_at)
VALUES (:work_item, :task, :invocation, :cache_id, :sample, :number, :outcome, :detail, :request, :call, :judge_call,
        :verdict, :score, :reasons, :candidate, :now)
