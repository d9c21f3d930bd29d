-- A response, and the request that it answers.
SELECT call.request, response.answer, response.thoughts, response.finish, response.finish_reason,
       response.error_kind, response.error
FROM response CROSS JOIN call ON call.id = response.call
WHERE response.id = :response
