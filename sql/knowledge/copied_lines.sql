-- Some lines of a copied text, in order.
SELECT line FROM copied_line WHERE text = :text AND number BETWEEN :first AND :last ORDER BY number
