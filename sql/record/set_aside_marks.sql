-- Up to which rowids manifests, attempts and calls are set aside for a stage; :earlier lists the stage and all before it.
SELECT coalesce(max(last_manifest), 0) AS last_manifest, coalesce(max(last_attempt), 0) AS last_attempt,
       coalesce((SELECT max(last_call) FROM set_aside), 0) AS last_call
FROM set_aside WHERE stage IN (SELECT value FROM json_each(:earlier))
