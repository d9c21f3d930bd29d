-- What the newest finished evaluation was made of.
SELECT inputs FROM manifest WHERE stage = 'evaluate' AND status = 'done' ORDER BY id DESC LIMIT 1
