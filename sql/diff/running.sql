-- Whether a run is in progress in each of the files.
SELECT EXISTS (SELECT 1 FROM a.invocation WHERE status = 'running') AS a,
       EXISTS (SELECT 1 FROM b.invocation WHERE status = 'running') AS b
