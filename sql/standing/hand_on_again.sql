-- Marks all standings of the steps :parents to be handed on again, planned or not.
UPDATE standing SET handed_on = 0 WHERE step IN (SELECT value FROM json_each(:parents)) AND handed_on <> 0
