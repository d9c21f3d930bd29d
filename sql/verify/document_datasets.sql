-- Every data set of documents, in order of recording, with what the manifest of its ingest lists as read.
SELECT dataset.id, dataset.dataset_id, dataset.name, dataset.role, dataset.sha1, dataset.bytes, dataset.columns,
       dataset.types, dataset.key_column, dataset.row_count,
       (SELECT manifest.inputs FROM manifest
        WHERE manifest.stage = 'ingest' AND manifest.status = 'done' AND manifest.outputs ->> '$.dataset' = dataset.id
        ORDER BY manifest.id LIMIT 1) AS inputs
FROM dataset
WHERE dataset.format = 'documents' ORDER BY dataset.id
