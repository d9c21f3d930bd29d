-- The newest configurations, the newest first.
SELECT id, snapshot FROM config ORDER BY id DESC LIMIT :most
