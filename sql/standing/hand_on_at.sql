-- Marks what became of a row in a step to be handed on again.
UPDATE standing SET handed_on = 0 WHERE step = :step AND position = :position AND handed_on <> 0
