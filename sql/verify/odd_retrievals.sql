-- Retrievals that do not fit, in their order: one of a collection that its attempt's task does not read, one with a
-- passage of another data set, and one whose number or ranks do not follow each other.
SELECT retrieval.id
FROM retrieval
CROSS JOIN attempt ON attempt.id = retrieval.attempt
CROSS JOIN task ON task.id = attempt.task
CROSS JOIN dataset ON dataset.id = retrieval.dataset
WHERE dataset.role <> 'knowledge'
   OR NOT EXISTS (
       SELECT 1 FROM json_each(task.parts, '$.documents.knowledge') AS read
       WHERE read.key = dataset.name AND read.value = dataset.dataset_id
   )
   OR EXISTS (
       SELECT 1 FROM retrieved_passage CROSS JOIN input_row ON input_row.id = retrieved_passage.input_row
       WHERE retrieved_passage.retrieval = retrieval.id AND input_row.dataset <> retrieval.dataset
   )
   OR (SELECT count(*) FROM retrieved_passage WHERE retrieved_passage.retrieval = retrieval.id)
       <> (SELECT coalesce(max(rank), 0) FROM retrieved_passage WHERE retrieved_passage.retrieval = retrieval.id)
   OR (SELECT count(*) FROM retrieved_passage WHERE retrieved_passage.retrieval = retrieval.id) > retrieval.k
   OR (retrieval.number > 1 AND NOT EXISTS (
       SELECT 1 FROM retrieval AS earlier
       WHERE earlier.attempt = retrieval.attempt AND earlier.number = retrieval.number - 1
   ))
ORDER BY retrieval.id LIMIT 20
