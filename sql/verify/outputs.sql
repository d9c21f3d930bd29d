-- Every accepted output with what let it through, in order of recording.
SELECT cache_entry.id, work_item.work_id, cache_entry.output, attempt.outcome, attempt.verdict, attempt.score,
       attempt.work_item = cache_entry.work_item AS same_item, attempt.task, call.answer, decision.kind AS decided,
       before.output AS before
FROM cache_entry
JOIN attempt ON attempt.id = cache_entry.attempt
JOIN work_item ON work_item.id = cache_entry.work_item
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN decision ON decision.attempt = attempt.id
LEFT JOIN cache_entry AS before ON before.work_item = cache_entry.work_item AND before.attempt = decision.looked_at
ORDER BY cache_entry.id
