-- Opens the chosen standings anew, in a round: with the given sample, with a new one for each if :anew, otherwise with
-- the present one. Each repeat has a million sample numbers of its own.
UPDATE standing
SET status = 'pending', reason = NULL, attempts = 0, last_attempt = NULL, cache_entry = NULL, handed_on = 0,
    round = :round,
    sample = CASE
        WHEN :anew THEN 1 + max(sample, (
            SELECT coalesce(max(attempt.sample), 0) FROM attempt
            WHERE attempt.work_item = standing.work_item AND attempt.sample <= standing.repeat * 1000000
        ))
        ELSE coalesce(:sample + (repeat - 1) * 1000000, sample)
    END
WHERE id IN (SELECT id FROM temp.chosen)
