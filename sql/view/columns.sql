-- The columns of a table or view, in their order.
SELECT name FROM pragma_table_xinfo(:name) WHERE hidden <> 1 ORDER BY cid
