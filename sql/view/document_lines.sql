-- The lines of a document from :first to :last, in their order.
SELECT number, page, text
FROM line
WHERE document_text = :document_text AND number BETWEEN :first AND :last
ORDER BY number
