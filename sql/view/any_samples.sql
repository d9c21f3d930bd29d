-- Whether any answer of the plan is a sample, which was made from the schema without a model. Work items are read only
-- if there are samples at all: with `AND` they would always be read.
SELECT CASE WHEN EXISTS (SELECT 1 FROM spec WHERE provider = 'sample') THEN EXISTS (
    SELECT 1 FROM standing
    JOIN attempt ON attempt.id = standing.last_attempt
    WHERE standing.planned = 1 AND (
        EXISTS (
            SELECT 1 FROM request JOIN spec ON spec.id = request.spec
            WHERE request.id = attempt.request AND spec.provider = 'sample'
        )
        OR EXISTS (
            SELECT 1 FROM verdict
            JOIN response ON response.id = verdict.response
            JOIN call ON call.id = response.call
            JOIN request ON request.id = call.request
            JOIN spec ON spec.id = request.spec
            WHERE verdict.attempt = attempt.id AND spec.provider = 'sample'
        )
    )
) ELSE 0 END AS samples
