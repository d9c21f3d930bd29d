-- The chunks of an artifact, in order.
SELECT encoding, data FROM artifact_chunk WHERE artifact = :artifact ORDER BY id
