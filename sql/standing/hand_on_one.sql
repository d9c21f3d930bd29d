-- Marks a standing to be handed on again, if it is accepted: what it goes back to has other lines now.
UPDATE standing SET handed_on = 0 WHERE id = :standing AND status = 'accepted' AND handed_on <> 0
