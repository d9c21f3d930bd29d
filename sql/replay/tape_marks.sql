-- The invocations that set the answers of all before them aside, in their order.
SELECT invocation FROM round WHERE tape = 1 ORDER BY id
