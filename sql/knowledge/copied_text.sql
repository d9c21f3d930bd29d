-- Whether a text is copied already.
SELECT EXISTS (SELECT 1 FROM copied_document WHERE text = :text) AS is_copied
