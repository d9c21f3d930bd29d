-- Adds the standing of a planned work item. Each repeat has a million sample numbers of its own.
INSERT INTO standing (work_item, variant, repeat, step, planned, input_row, row_group, position, path, item, images,
                      task,
                      cache_id, round, sample, status, reason, attempts, open_sources, handed_on)
SELECT :work_item, variant, repeat, id, 1, :input_row, :row_group, :position, :path, :item, :images, :task, :cache_id,
       :round,
       :sample + (repeat - 1) * 1000000, :status, :reason, 0, :open_sources, :handed_on
FROM step WHERE id = :step
