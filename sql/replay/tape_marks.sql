-- The invocations that set earlier answers aside, in their order.
SELECT invocation FROM round WHERE tape = 1 ORDER BY id
