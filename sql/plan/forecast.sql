-- What the record holds of each work item that a plan asks for: `new`, `changed`, `open` and `again` are to be asked.
INSERT INTO temp.forecast (position, sample, state)
SELECT planned.position, coalesce(work_item.sample, 1),
       CASE
           WHEN work_item.id IS NULL THEN 'new'
           WHEN :force THEN 'again'
           WHEN work_item.cache_id = planned.cache_id AND work_item.status = 'accepted' THEN 'accepted'
           WHEN :use_cache AND EXISTS (
               SELECT 1 FROM cache_entry JOIN attempt ON attempt.id = cache_entry.attempt
               WHERE cache_entry.work_item = work_item.id AND attempt.cache_id = planned.cache_id
                 AND attempt.id > :after
                 AND NOT (work_item.retried IS planned.cache_id AND attempt.sample < work_item.sample)
           ) THEN 'accepted'
           WHEN work_item.cache_id <> planned.cache_id THEN 'changed'
           WHEN work_item.status = 'pending' THEN 'open'
           WHEN work_item.status = 'failed'
             AND last.outcome IN (SELECT value FROM json_each(:unanswered)) THEN 'again'
           WHEN work_item.attempts < :max_attempts AND last.outcome <> 'judge_invalid'
             AND last.outcome <> 'human_rejected' THEN 'again'
           ELSE work_item.status
       END
FROM temp.planned
LEFT JOIN work_item ON work_item.step = :step AND work_item.work_id = planned.work_id
LEFT JOIN attempt AS last ON last.id = work_item.last_attempt
