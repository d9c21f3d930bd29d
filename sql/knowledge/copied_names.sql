-- The names of the copied documents of a data set, in order.
SELECT name FROM copied_document WHERE dataset = :dataset ORDER BY name
