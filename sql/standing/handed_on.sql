-- Says for which steps what is made from a standing follows from where it stands now.
UPDATE standing SET handed_on = :handed_on WHERE id = :standing
