-- Work items of the plan whose id begins like this; two are enough to know that it is not one.
SELECT id FROM work_item WHERE planned = 1 AND work_id >= :prefix AND work_id < :prefix || 'g' ORDER BY work_id LIMIT 2
