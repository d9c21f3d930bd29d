-- Every configuration, in order of recording.
SELECT config_id, snapshot FROM config ORDER BY id
