-- Steps that feed each other, and what people and several judges say: where a work item comes from when that is not the
-- input, and what was decided about it.

PRAGMA user_version = 4;

-- ---------------------------------------------------------------- steps

-- What a work item is made of beside its row or group: an element of a list, a combination, or the key of a join.
ALTER TABLE work_item ADD COLUMN item TEXT CHECK (item IS NULL OR json_valid(item));
-- Where it stands among those that its row or group became: the numbers of the elements on the way.
ALTER TABLE work_item ADD COLUMN path TEXT;
-- Why it is skipped or blocked.
ALTER TABLE work_item ADD COLUMN reason TEXT;

-- A work item that is made from other steps' outputs has no exact task before those are there: until then its `cache_id`
-- is empty. Its id is looked up whenever one of its sources changes.
CREATE INDEX work_item_derived ON work_item (work_id) WHERE source_kind <> 'row' AND source_kind <> 'group';

PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'OR source_kind = ''document'')',
    'OR source_kind = ''document'' OR source_kind = ''pair'' OR source_kind = ''task'')')
WHERE type = 'table' AND name = 'work_item';
PRAGMA writable_schema = RESET;

-- A step keeps its name for good; its place changes with the task, and is negative where the task has it no more.
DROP TRIGGER step_no_update;
CREATE TRIGGER step_stays_itself BEFORE UPDATE ON step WHEN (NEW.id, NEW.name) <> (OLD.id, OLD.name)
BEGIN SELECT RAISE(ABORT, 'a step keeps its name'); END;

-- Which work items a work item is made from, in order, with the output of each that it was last made from.
CREATE TABLE edge (
    id           INTEGER PRIMARY KEY,
    child        INTEGER NOT NULL REFERENCES work_item (id),
    parent       INTEGER NOT NULL REFERENCES work_item (id),
    number       INTEGER NOT NULL CHECK (number >= 1),
    cache_entry  INTEGER REFERENCES cache_entry (id)
) STRICT;
CREATE INDEX edge_child ON edge (child, number);
CREATE INDEX edge_parent ON edge (parent);

-- From which state of a work item the work items that a step makes of it were last made.
CREATE TABLE derivation (
    id           INTEGER PRIMARY KEY,
    parent       INTEGER NOT NULL REFERENCES work_item (id),
    step         INTEGER NOT NULL REFERENCES step (id),
    task         INTEGER NOT NULL REFERENCES task (id),
    planned      INTEGER NOT NULL CHECK (planned IN (0, 1)),
    status       TEXT NOT NULL,
    cache_entry  INTEGER REFERENCES cache_entry (id),
    input_row    INTEGER REFERENCES input_row (id),
    row_group    INTEGER REFERENCES row_group (id),
    UNIQUE (parent, step)
) STRICT;

-- One row per work item and work item that it is made from. `row_index` is the row that both go back to, where there is
-- one.
CREATE VIEW lineage AS
SELECT
    child.work_id,
    child_step.name AS step,
    edge.number,
    parent.work_id AS parent_work_id,
    parent_step.name AS parent_step,
    parent.status AS parent_status,
    cache_entry.output AS parent_output,
    child.item,
    input_row.row_index,
    row_group.group_key
FROM edge
JOIN work_item AS child ON child.id = edge.child
JOIN work_item AS parent ON parent.id = edge.parent
JOIN step AS child_step ON child_step.id = child.step
JOIN step AS parent_step ON parent_step.id = parent.step
LEFT JOIN cache_entry ON cache_entry.id = edge.cache_entry
LEFT JOIN input_row ON input_row.id = parent.input_row
LEFT JOIN row_group ON row_group.id = parent.row_group
WHERE child.planned = 1
ORDER BY child_step.position, child.position, edge.number;

-- One row per work item of the latest plan that is skipped or blocked, with why.
CREATE VIEW held_back AS
SELECT
    work_item.work_id,
    step.name AS step,
    work_item.status,
    work_item.reason,
    input_row.row_index,
    row_group.group_key
FROM work_item
JOIN step ON step.id = work_item.step
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
WHERE work_item.planned = 1 AND (work_item.status = 'skipped' OR work_item.status = 'blocked');

-- One row per accepted output of the latest plan, of every step.
CREATE VIEW outputs AS
SELECT
    step.name AS step,
    work_item.work_id,
    input_row.row_index,
    row_group.group_key,
    work_item.item,
    cache_entry.output,
    attempt.verdict,
    attempt.score,
    coalesce(call.model, spec.model) AS model
FROM work_item
JOIN step ON step.id = work_item.step
JOIN cache_entry ON cache_entry.id = work_item.cache_entry
JOIN attempt ON attempt.id = cache_entry.attempt
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
WHERE work_item.planned = 1
ORDER BY step.position, work_item.position;

-- One row per thing that several perspectives of a step made an output of, and field of these outputs that is a single
-- value; `answers` is an object of what each said.
CREATE VIEW agreements AS
WITH reader AS (
    SELECT id, substr(name, 1, instr(name, '.') - 1) AS step, substr(name, instr(name, '.') + 1) AS perspective
    FROM step WHERE position >= 0 AND instr(name, '.') > 0
),
said AS (
    SELECT
        reader.step,
        reader.perspective,
        CASE
            WHEN work_item.source_kind = 'row' OR work_item.source_kind = 'group'
            THEN 'r' || coalesce(work_item.input_row, '') || 'g' || coalesce(work_item.row_group, '')
            ELSE coalesce(work_item.item, '') || (
                SELECT group_concat(parent) FROM (SELECT parent FROM edge WHERE child = work_item.id ORDER BY number)
            )
        END AS source,
        work_item.input_row,
        work_item.row_group,
        work_item.item,
        work_item.path,
        field.key AS field,
        CASE field.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null'
            ELSE CAST(field.value AS TEXT) END AS answer
    FROM reader
    JOIN work_item ON work_item.step = reader.id
    JOIN cache_entry ON cache_entry.id = work_item.cache_entry
    JOIN json_each(cache_entry.output) AS field
    WHERE work_item.planned = 1 AND work_item.status = 'accepted' AND field.type <> 'object' AND field.type <> 'array'
)
SELECT
    said.step,
    said.field,
    input_row.row_index,
    row_group.group_key,
    min(said.item) AS item,
    count(DISTINCT said.answer) = 1 AS agreed,
    json_group_object(said.perspective, said.answer) AS answers,
    min(said.path) AS path,
    said.input_row
FROM said
LEFT JOIN input_row ON input_row.id = said.input_row
LEFT JOIN row_group ON row_group.id = said.row_group
GROUP BY said.step, said.field, said.source
HAVING count(*) > 1
ORDER BY said.step, said.field, input_row.row_index, row_group.group_key, path;

-- ---------------------------------------------------------------- human decisions and several judges

-- What people decided about work items. Each has an attempt of its own, whose outcome says what became of it, and is in
-- force for as long as that is the work item's last one.
CREATE TABLE decision (
    id          INTEGER PRIMARY KEY,
    attempt     INTEGER NOT NULL UNIQUE REFERENCES attempt (id),
    looked_at   INTEGER REFERENCES attempt (id), -- whose output was decided on; none where a person wrote it from scratch
    kind        TEXT NOT NULL CHECK (kind IN ('accept', 'reject', 'edit')),
    was         TEXT NOT NULL CHECK (was IN ('accepted', 'rejected', 'failed')),
    reason      TEXT NOT NULL,
    decided_by  TEXT NOT NULL CHECK (decided_by <> ''),
    decided_at  TEXT NOT NULL
) STRICT;
CREATE INDEX decision_looked_at ON decision (looked_at);

CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decision_no_replace BEFORE INSERT ON decision WHEN EXISTS (SELECT 1 FROM decision WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'OR outcome = ''judge_failed'' OR outcome = ''judge_invalid''',
    'OR outcome = ''judge_failed'' OR outcome = ''judge_invalid''
            OR outcome = ''human_accepted'' OR outcome = ''human_rejected''')
WHERE type = 'table' AND name = 'attempt';
PRAGMA writable_schema = RESET;

-- Which of several candidates for a work item an attempt belongs to: its sample is the work item's, and so many more.
ALTER TABLE attempt ADD COLUMN candidate INTEGER CHECK (candidate IS NULL OR candidate >= 1);

-- What each judge said of an attempt, where there are several or one scores by criteria. A single plain judge's word
-- stands with the attempt.
CREATE TABLE verdict (
    id       INTEGER PRIMARY KEY,
    attempt  INTEGER NOT NULL REFERENCES attempt (id),
    number   INTEGER NOT NULL CHECK (number >= 1),
    judge    TEXT NOT NULL,
    call     INTEGER NOT NULL REFERENCES call (id),
    verdict  TEXT NOT NULL CHECK (verdict IN ('PASS', 'FAIL')),
    score    INTEGER NOT NULL CHECK (score BETWEEN 0 AND 100),
    scores   TEXT CHECK (scores IS NULL OR json_valid(scores)),
    reasons  TEXT NOT NULL CHECK (json_valid(reasons))
) STRICT;
CREATE INDEX verdict_attempt ON verdict (attempt);

CREATE TRIGGER verdict_no_update BEFORE UPDATE ON verdict BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdict_no_delete BEFORE DELETE ON verdict BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdict_no_replace BEFORE INSERT ON verdict WHEN EXISTS (SELECT 1 FROM verdict WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;

DROP VIEW attempts;
-- One row per try at a work item, decisions of people among them. `current` is 0 for tries under an earlier prompt, input,
-- sample or configuration, and for those at work items that are not planned any more.
CREATE VIEW attempts AS
SELECT
    work_item.work_id,
    step.name AS step,
    attempt.number AS attempt,
    attempt.outcome,
    attempt.detail,
    (
        SELECT group_concat('[' || role || ']' || char(10) || content, char(10) || char(10))
        FROM (SELECT role, content FROM messages WHERE messages.request_id = request.request_id ORDER BY number)
    ) AS prompt,
    call.answer,
    attempt.verdict,
    attempt.score,
    attempt.reasons,
    coalesce(call.model, spec.model) AS model,
    request.request_id,
    attempt.sample,
    work_item.planned = 1 AND attempt.cache_id = work_item.cache_id
        AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = work_item.sample
        AND (work_item.last_attempt IS attempt.id AND decision.id IS NOT NULL
             OR attempt.id > (SELECT coalesce(max(last_attempt), 0) FROM set_aside
                              WHERE stage IN ('schema', 'contract', 'ingest', 'plan', 'generate'))) AS current,
    task.task_id,
    attempt.decided_at,
    attempt.candidate,
    'human:' || decision.decided_by AS decided_by
FROM attempt
JOIN work_item ON work_item.id = attempt.work_item
JOIN step ON step.id = work_item.step
JOIN task ON task.id = attempt.task
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN decision ON decision.attempt = attempt.id;

-- One row per verdict of a judge on an attempt; `scores` are those by criterion, where the judge has a rubric.
CREATE VIEW verdicts AS
SELECT
    work_item.work_id,
    step.name AS step,
    attempt.number AS attempt,
    attempt.candidate,
    coalesce(verdict.judge, 'judge') AS judge,
    coalesce(verdict.verdict, attempt.verdict) AS verdict,
    coalesce(verdict.score, attempt.score) AS score,
    verdict.scores,
    coalesce(verdict.reasons, attempt.reasons) AS reasons,
    coalesce(call.model, spec.model) AS model,
    request.request_id,
    attempt.outcome,
    attempt.sample,
    attempt.decided_at
FROM attempt
JOIN work_item ON work_item.id = attempt.work_item
JOIN step ON step.id = work_item.step
LEFT JOIN verdict ON verdict.attempt = attempt.id
LEFT JOIN call ON call.id = coalesce(verdict.call, attempt.judge_call)
LEFT JOIN request ON request.id = call.request
LEFT JOIN spec ON spec.id = request.spec
WHERE attempt.verdict IS NOT NULL
ORDER BY attempt.id, verdict.number;

DROP VIEW costs;
-- One row per step and model. `cost_usd` sums what is known; `unpriced_calls` counts the calls whose cost is not, and
-- `reserved_usd` is the most that those of them can have cost for which that is known. `saved_usd` is what answers that
-- were used more than once would have cost.
CREATE VIEW costs AS
WITH used AS (
    SELECT call AS id, count(*) AS times FROM attempt
    WHERE call IS NOT NULL AND outcome <> 'human_accepted' AND outcome <> 'human_rejected' GROUP BY call
    UNION ALL
    SELECT judge_call, count(*) FROM attempt
    WHERE judge_call IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM verdict WHERE verdict.attempt = attempt.id AND verdict.call = attempt.judge_call
    )
    GROUP BY judge_call
    UNION ALL
    SELECT call, count(*) FROM verdict GROUP BY call
)
SELECT
    step.name AS step,
    coalesce(call.model, spec.model) AS model,
    count(*) AS calls,
    sum(call.input_tokens) AS input_tokens,
    sum(call.output_tokens) AS output_tokens,
    sum(call.cached_tokens) AS cached_tokens,
    sum(call.cache_write_tokens) AS cache_write_tokens,
    sum(call.reasoning_tokens) AS reasoning_tokens,
    sum(call.cost_usd) AS cost_usd,
    sum(max(coalesce(used.times, 0) - 1, 0) * call.cost_usd) AS saved_usd,
    sum(call.cost_usd IS NULL) AS unpriced_calls,
    sum(CASE WHEN call.cost_usd IS NULL THEN call.reserved_usd END) AS reserved_usd
FROM call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
JOIN work_item ON work_item.id = call.work_item
JOIN step ON step.id = work_item.step
LEFT JOIN (SELECT id, sum(times) AS times FROM used GROUP BY id) AS used ON used.id = call.id
GROUP BY step.name, coalesce(call.model, spec.model);

-- One row per decision of a person, in the order in which they were made. `in_force` is 0 where another decision, a
-- retry or a change of the task came after it.
CREATE VIEW decisions AS
SELECT
    work_item.work_id,
    step.name AS step,
    decision.kind AS decision,
    decision.decided_by,
    decision.reason,
    decision.was,
    looked_at.outcome AS was_kind,
    looked_at.verdict AS judge_verdict,
    looked_at.score AS judge_score,
    cache_entry.output,
    work_item.planned = 1 AND work_item.last_attempt IS attempt.id AS in_force,
    input_row.row_index,
    row_group.group_key,
    task.task_id,
    decision.decided_at
FROM decision
JOIN attempt ON attempt.id = decision.attempt
JOIN work_item ON work_item.id = attempt.work_item
JOIN step ON step.id = work_item.step
JOIN task ON task.id = attempt.task
LEFT JOIN attempt AS looked_at ON looked_at.id = decision.looked_at
LEFT JOIN cache_entry ON cache_entry.work_item = attempt.work_item AND cache_entry.attempt = attempt.id
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
ORDER BY decision.id;

DROP VIEW history;
-- One row per accepted output that ever was, with the configuration it belongs to.
CREATE VIEW history AS
SELECT
    work_item.work_id,
    step.name AS step,
    cache_entry.output,
    attempt.verdict,
    attempt.score,
    coalesce(call.model, spec.model) AS model,
    attempt.number AS attempt,
    attempt.cache_id,
    task.task_id,
    config.config_id,
    cache_entry.created_at,
    work_item.planned = 1 AND work_item.cache_entry IS cache_entry.id AS current,
    'human:' || decision.decided_by AS decided_by
FROM cache_entry
JOIN attempt ON attempt.id = cache_entry.attempt
JOIN work_item ON work_item.id = cache_entry.work_item
JOIN step ON step.id = work_item.step
JOIN task ON task.id = attempt.task
JOIN invocation ON invocation.id = attempt.invocation
LEFT JOIN config ON config.id = invocation.config
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
LEFT JOIN decision ON decision.attempt = attempt.id;

-- ---------------------------------------------------------------- authored schemas

-- ---------------------------------------------------------------- answers that are text
