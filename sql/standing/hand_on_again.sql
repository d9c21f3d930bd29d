-- Lets all that is made from the standings of the steps :parents be looked at anew, in the plan or out of it.
UPDATE standing SET handed_on = 0 WHERE step IN (SELECT value FROM json_each(:parents)) AND handed_on <> 0
