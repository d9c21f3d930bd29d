-- Whether anything that a work item is made from is open. Looks from the end: what comes last is decided last.
SELECT 1 AS any FROM edge JOIN work_item AS parent ON parent.id = edge.parent
WHERE edge.child = :child AND parent.planned = 1 AND parent.status = 'pending'
ORDER BY edge.number DESC LIMIT 1
