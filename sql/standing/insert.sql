-- Adds the standing of a planned work item.
INSERT INTO standing (work_item, variant, repeat, step, planned, input_row, row_group, position, path, item, images,
                      task,
                      cache_id, round, sample, status, reason, attempts, open_sources, handed_on)
VALUES (:work_item, 1, 1, :step, 1, :input_row, :row_group, :position, :path, :item, :images, :task, :cache_id, :round,
        :sample, :status, :reason, 0, :open_sources, :handed_on)
