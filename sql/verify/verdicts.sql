-- The verdict of each judge on an attempt, beside that of all together, in the order of the attempts and of the judges.
SELECT verdict.attempt, verdict.number, verdict.judge, verdict.verdict, verdict.score, verdict.reasons,
       verdict.scores IS NOT NULL AS has_rubric, attempt.task, attempt.outcome, attempt.detail,
       attempt.verdict AS together, attempt.score AS score_together, attempt.reasons AS reasons_together
FROM verdict CROSS JOIN attempt ON attempt.id = verdict.attempt
ORDER BY verdict.attempt, verdict.id
