-- Whether an answer of the plan is a sample, made from the schema by no model.
SELECT EXISTS (SELECT 1 FROM spec WHERE provider = 'sample') AND EXISTS (
    SELECT 1 FROM work_item
    JOIN attempt ON attempt.id = work_item.last_attempt
    LEFT JOIN call AS judge_call ON judge_call.id = attempt.judge_call
    JOIN request ON request.id IN (attempt.request, judge_call.request)
    JOIN spec ON spec.id = request.spec
    WHERE work_item.planned = 1 AND spec.provider = 'sample'
) AS samples
