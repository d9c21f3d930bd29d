-- The present day where the machine is.
SELECT date('now', 'localtime') AS today
