-- Remembers what a work item is made of and what it asks.
INSERT INTO temp.asked (source, request) VALUES (:source, :request)
