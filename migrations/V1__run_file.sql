-- The run file. Rows point at each other by integer rowid; the digests that name things to people stand beside it, and
-- only what is looked up by its digest has an index on it. Times are UTC RFC 3339 text.

PRAGMA application_id = 1128354642; -- 'CASR': a Casebook run file
PRAGMA user_version = 1;

-- ---------------------------------------------------------------- who did what

CREATE TABLE config (
    id          INTEGER PRIMARY KEY,
    config_id   TEXT NOT NULL UNIQUE,
    snapshot    TEXT NOT NULL CHECK (json_valid(snapshot)),
    created_at  TEXT NOT NULL
) STRICT;

CREATE TABLE invocation (
    id          INTEGER PRIMARY KEY,
    command     TEXT NOT NULL,
    version     TEXT NOT NULL,
    pid         INTEGER NOT NULL,
    config      INTEGER REFERENCES config (id),
    status      TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'interrupted', 'killed')),
    message     TEXT,
    started_at  TEXT NOT NULL,
    ended_at    TEXT
) STRICT;
CREATE INDEX invocation_config ON invocation (config);

CREATE TABLE manifest (
    id          INTEGER PRIMARY KEY,
    invocation  INTEGER NOT NULL REFERENCES invocation (id),
    stage       TEXT NOT NULL CHECK (stage IN ('schema', 'contract', 'ingest', 'plan', 'generate', 'export', 'report')),
    step        INTEGER REFERENCES step (id),
    status      TEXT NOT NULL CHECK (status IN ('done', 'reused', 'failed', 'interrupted')),
    reused_from INTEGER REFERENCES manifest (id),
    inputs      TEXT NOT NULL CHECK (json_valid(inputs)),
    outputs     TEXT NOT NULL CHECK (json_valid(outputs)),
    counts      TEXT NOT NULL CHECK (json_valid(counts)),
    message     TEXT,
    started_at  TEXT NOT NULL,
    ended_at    TEXT NOT NULL
) STRICT;
CREATE INDEX manifest_invocation ON manifest (invocation);

-- A stage's manifest is written last, when its counts are known: what points at it is checked at the commit.
CREATE TABLE anomaly (
    id          INTEGER PRIMARY KEY,
    manifest    INTEGER NOT NULL REFERENCES manifest (id) DEFERRABLE INITIALLY DEFERRED,
    kind        TEXT NOT NULL,
    subject     TEXT,
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX anomaly_manifest ON anomaly (manifest);

-- `casebook clean` deletes nothing: what is at or below these rowids is set aside for the stage and all after it.
CREATE TABLE set_aside (
    id             INTEGER PRIMARY KEY,
    invocation     INTEGER NOT NULL REFERENCES invocation (id),
    stage          TEXT NOT NULL CHECK (stage IN ('schema', 'contract', 'ingest', 'plan', 'generate', 'export', 'report')),
    last_manifest  INTEGER NOT NULL,
    last_attempt   INTEGER NOT NULL,
    last_call      INTEGER NOT NULL,
    created_at     TEXT NOT NULL
) STRICT;

-- ---------------------------------------------------------------- what goes in

-- Texts that many records share: system prompts, the literal parts of templates, contexts, schemas.
CREATE TABLE text (
    id    INTEGER PRIMARY KEY,
    sha1  TEXT NOT NULL UNIQUE,
    body  TEXT NOT NULL
) STRICT;

CREATE TABLE dataset (
    id          INTEGER PRIMARY KEY,
    dataset_id  TEXT NOT NULL,
    name        TEXT NOT NULL,
    format      TEXT NOT NULL,
    sha1        TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    columns     TEXT NOT NULL CHECK (json_valid(columns)),
    key_column  TEXT,
    row_count   INTEGER NOT NULL,
    created_at  TEXT NOT NULL
) STRICT;

CREATE TABLE input_row (
    id          INTEGER PRIMARY KEY,
    dataset     INTEGER NOT NULL REFERENCES dataset (id) DEFERRABLE INITIALLY DEFERRED,
    row_id      TEXT NOT NULL,
    row_index   INTEGER NOT NULL,
    line        INTEGER NOT NULL,
    fields      TEXT NOT NULL CHECK (json_valid(fields)) -- a list, in the order of dataset.columns
) STRICT;
CREATE INDEX input_row_dataset ON input_row (dataset, row_index);

CREATE TABLE row_group (
    id                INTEGER PRIMARY KEY,
    dataset           INTEGER NOT NULL REFERENCES dataset (id),
    group_context_id  TEXT NOT NULL,
    group_key         TEXT NOT NULL,
    row_count         INTEGER NOT NULL,
    included_rows     INTEGER NOT NULL,
    context           INTEGER NOT NULL REFERENCES text (id)
) STRICT;
CREATE INDEX row_group_dataset ON row_group (dataset);

-- ---------------------------------------------------------------- what is to be done

CREATE TABLE step (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    position  INTEGER NOT NULL
) STRICT;

CREATE TABLE task (
    id          INTEGER PRIMARY KEY,
    task_id     TEXT NOT NULL UNIQUE,
    step        INTEGER NOT NULL REFERENCES step (id),
    parts       TEXT NOT NULL CHECK (json_valid(parts)),
    created_at  TEXT NOT NULL
) STRICT;

CREATE TABLE work_item (
    id            INTEGER PRIMARY KEY,
    work_id       TEXT NOT NULL,
    step          INTEGER NOT NULL REFERENCES step (id),
    source_kind   TEXT NOT NULL CHECK (source_kind IN ('row', 'group', 'output', 'element', 'join', 'document')),
    input_row     INTEGER REFERENCES input_row (id),
    row_group     INTEGER REFERENCES row_group (id),
    position      INTEGER NOT NULL,
    planned       INTEGER NOT NULL CHECK (planned IN (0, 1)),
    task          INTEGER NOT NULL REFERENCES task (id),
    cache_id      TEXT NOT NULL,
    sample        INTEGER NOT NULL CHECK (sample >= 1),
    retried       TEXT, -- the cache_id for which the user asked for another sample: its earlier outputs no longer count
    status        TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'rejected', 'failed', 'skipped', 'blocked')),
    attempts      INTEGER NOT NULL,
    last_attempt  INTEGER REFERENCES attempt (id),
    cache_entry   INTEGER REFERENCES cache_entry (id),
    CHECK ((status = 'accepted') = (cache_entry IS NOT NULL)),
    CHECK (source_kind <> 'row' OR input_row IS NOT NULL),
    CHECK (source_kind <> 'group' OR row_group IS NOT NULL)
) STRICT;
CREATE INDEX work_item_step ON work_item (step, position);

-- ---------------------------------------------------------------- the tape

CREATE TABLE spec (
    id        INTEGER PRIMARY KEY,
    spec_id   TEXT NOT NULL UNIQUE,
    provider  TEXT NOT NULL,
    model     TEXT NOT NULL,
    body      TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

-- `messages` is a list of {"role", "parts"}: each part is a piece of text, or {"text": id} for a shared one.
CREATE TABLE request (
    id          INTEGER PRIMARY KEY,
    request_id  TEXT NOT NULL UNIQUE,
    spec        INTEGER NOT NULL REFERENCES spec (id),
    sample      INTEGER NOT NULL CHECK (sample >= 1),
    matched     TEXT CHECK (matched IS NULL OR json_valid(matched)),
    item        TEXT,
    messages    TEXT NOT NULL CHECK (json_valid(messages))
) STRICT;

CREATE TABLE call (
    id                INTEGER PRIMARY KEY,
    request           INTEGER NOT NULL REFERENCES request (id),
    work_item         INTEGER NOT NULL REFERENCES work_item (id),
    invocation        INTEGER NOT NULL REFERENCES invocation (id),
    purpose           TEXT NOT NULL CHECK (purpose IN ('generation', 'judge')),
    outcome           TEXT NOT NULL CHECK (outcome IN ('in_flight', 'answered', 'failed', 'lost')),
    started_at        TEXT NOT NULL,
    duration_ms       INTEGER,
    http_status       INTEGER,
    model             TEXT,
    finish            TEXT CHECK (finish IN ('stop', 'length', 'refusal', 'content_filter')),
    answer            TEXT,
    envelope          TEXT,
    error_kind        TEXT,
    error             TEXT,
    input_tokens      INTEGER,
    output_tokens     INTEGER,
    cached_tokens     INTEGER,
    reasoning_tokens  INTEGER,
    cost_usd          REAL,
    CHECK ((outcome = 'answered') = (answer IS NOT NULL)),
    CHECK ((outcome = 'failed') = (error_kind IS NOT NULL))
) STRICT;
CREATE INDEX call_request ON call (request);
CREATE INDEX call_work_item ON call (work_item);
CREATE INDEX call_in_flight ON call (outcome) WHERE outcome = 'in_flight';

-- ---------------------------------------------------------------- what became of it

CREATE TABLE attempt (
    id          INTEGER PRIMARY KEY,
    work_item   INTEGER NOT NULL REFERENCES work_item (id),
    task        INTEGER NOT NULL REFERENCES task (id),
    invocation  INTEGER NOT NULL REFERENCES invocation (id),
    cache_id    TEXT NOT NULL,
    sample      INTEGER NOT NULL,
    number      INTEGER NOT NULL CHECK (number >= 1),
    outcome     TEXT NOT NULL CHECK (outcome IN ('accepted', 'empty', 'no_json', 'many_json', 'invalid_json',
                    'invalid_schema', 'check_failed', 'judge_failed', 'judge_invalid', 'truncated', 'refused',
                    'content_filter', 'no_record', 'many_records', 'render_error', 'timeout', 'connection',
                    'rate_limited', 'server_error', 'bad_request', 'invalid_response')),
    detail      TEXT,
    request     INTEGER REFERENCES request (id),
    call        INTEGER REFERENCES call (id),
    judge_call  INTEGER REFERENCES call (id),
    verdict     TEXT CHECK (verdict IN ('PASS', 'FAIL')),
    score       INTEGER CHECK (score BETWEEN 0 AND 100),
    reasons     TEXT CHECK (reasons IS NULL OR json_valid(reasons)),
    decided_at  TEXT NOT NULL
) STRICT;
CREATE INDEX attempt_work_item ON attempt (work_item);
CREATE INDEX attempt_call ON attempt (call);
CREATE INDEX attempt_judge_call ON attempt (judge_call) WHERE judge_call IS NOT NULL;

CREATE TABLE cache_entry (
    id          INTEGER PRIMARY KEY,
    work_item   INTEGER NOT NULL REFERENCES work_item (id),
    attempt     INTEGER NOT NULL REFERENCES attempt (id),
    output      TEXT NOT NULL CHECK (json_valid(output)),
    created_at  TEXT NOT NULL
) STRICT;
CREATE INDEX cache_entry_work_item ON cache_entry (work_item);

-- ---------------------------------------------------------------- what comes out

CREATE TABLE artifact (
    id          INTEGER PRIMARY KEY,
    manifest    INTEGER NOT NULL REFERENCES manifest (id) DEFERRABLE INITIALLY DEFERRED,
    name        TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    sha1        TEXT NOT NULL,
    row_count   INTEGER,
    created_at  TEXT NOT NULL
) STRICT;

CREATE TABLE artifact_chunk (
    id        INTEGER PRIMARY KEY,
    artifact  INTEGER NOT NULL REFERENCES artifact (id) DEFERRABLE INITIALLY DEFERRED, -- written last, with its digest
    encoding  TEXT NOT NULL CHECK (encoding IN ('identity', 'zstd')),
    data      BLOB NOT NULL
) STRICT;
CREATE INDEX artifact_chunk_artifact ON artifact_chunk (artifact);

-- ---------------------------------------------------------------- nothing is overwritten

-- `INSERT OR REPLACE` would walk around an update trigger, so each table also refuses to insert an id twice.

CREATE TRIGGER config_no_update BEFORE UPDATE ON config BEGIN SELECT RAISE(ABORT, 'configurations are append-only'); END;
CREATE TRIGGER config_no_delete BEFORE DELETE ON config BEGIN SELECT RAISE(ABORT, 'configurations are append-only'); END;
CREATE TRIGGER config_no_replace BEFORE INSERT ON config WHEN EXISTS (SELECT 1 FROM config WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'configurations are append-only'); END;

CREATE TRIGGER step_no_update BEFORE UPDATE ON step BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;
CREATE TRIGGER step_no_delete BEFORE DELETE ON step BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;
CREATE TRIGGER step_no_replace BEFORE INSERT ON step WHEN EXISTS (SELECT 1 FROM step WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;

CREATE TRIGGER manifest_no_update BEFORE UPDATE ON manifest BEGIN SELECT RAISE(ABORT, 'manifests are append-only'); END;
CREATE TRIGGER manifest_no_delete BEFORE DELETE ON manifest BEGIN SELECT RAISE(ABORT, 'manifests are append-only'); END;
CREATE TRIGGER manifest_no_replace BEFORE INSERT ON manifest WHEN EXISTS (SELECT 1 FROM manifest WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'manifests are append-only'); END;

CREATE TRIGGER anomaly_no_update BEFORE UPDATE ON anomaly BEGIN SELECT RAISE(ABORT, 'anomalies are append-only'); END;
CREATE TRIGGER anomaly_no_delete BEFORE DELETE ON anomaly BEGIN SELECT RAISE(ABORT, 'anomalies are append-only'); END;
CREATE TRIGGER anomaly_no_replace BEFORE INSERT ON anomaly WHEN EXISTS (SELECT 1 FROM anomaly WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'anomalies are append-only'); END;

CREATE TRIGGER set_aside_no_update BEFORE UPDATE ON set_aside BEGIN SELECT RAISE(ABORT, 'set-asides are append-only'); END;
CREATE TRIGGER set_aside_no_delete BEFORE DELETE ON set_aside BEGIN SELECT RAISE(ABORT, 'set-asides are append-only'); END;
CREATE TRIGGER set_aside_no_replace BEFORE INSERT ON set_aside WHEN EXISTS (SELECT 1 FROM set_aside WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'set-asides are append-only'); END;

CREATE TRIGGER text_no_update BEFORE UPDATE ON text BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;
CREATE TRIGGER text_no_delete BEFORE DELETE ON text BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;
CREATE TRIGGER text_no_replace BEFORE INSERT ON text WHEN EXISTS (SELECT 1 FROM text WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;

CREATE TRIGGER dataset_no_update BEFORE UPDATE ON dataset BEGIN SELECT RAISE(ABORT, 'data sets are append-only'); END;
CREATE TRIGGER dataset_no_delete BEFORE DELETE ON dataset BEGIN SELECT RAISE(ABORT, 'data sets are append-only'); END;
CREATE TRIGGER dataset_no_replace BEFORE INSERT ON dataset WHEN EXISTS (SELECT 1 FROM dataset WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'data sets are append-only'); END;

-- Rows are open until their data set is there: equal rows get their numbers once all are read.
CREATE TRIGGER input_row_no_update BEFORE UPDATE ON input_row
WHEN EXISTS (SELECT 1 FROM dataset WHERE id = OLD.dataset) BEGIN SELECT RAISE(ABORT, 'input rows are append-only'); END;
CREATE TRIGGER input_row_no_delete BEFORE DELETE ON input_row BEGIN SELECT RAISE(ABORT, 'input rows are append-only'); END;
CREATE TRIGGER input_row_no_replace BEFORE INSERT ON input_row WHEN EXISTS (SELECT 1 FROM input_row WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'input rows are append-only'); END;

CREATE TRIGGER row_group_no_update BEFORE UPDATE ON row_group BEGIN SELECT RAISE(ABORT, 'groups are append-only'); END;
CREATE TRIGGER row_group_no_delete BEFORE DELETE ON row_group BEGIN SELECT RAISE(ABORT, 'groups are append-only'); END;
CREATE TRIGGER row_group_no_replace BEFORE INSERT ON row_group WHEN EXISTS (SELECT 1 FROM row_group WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'groups are append-only'); END;

CREATE TRIGGER task_no_update BEFORE UPDATE ON task BEGIN SELECT RAISE(ABORT, 'tasks are append-only'); END;
CREATE TRIGGER task_no_delete BEFORE DELETE ON task BEGIN SELECT RAISE(ABORT, 'tasks are append-only'); END;
CREATE TRIGGER task_no_replace BEFORE INSERT ON task WHEN EXISTS (SELECT 1 FROM task WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'tasks are append-only'); END;

CREATE TRIGGER spec_no_update BEFORE UPDATE ON spec BEGIN SELECT RAISE(ABORT, 'specs are append-only'); END;
CREATE TRIGGER spec_no_delete BEFORE DELETE ON spec BEGIN SELECT RAISE(ABORT, 'specs are append-only'); END;
CREATE TRIGGER spec_no_replace BEFORE INSERT ON spec WHEN EXISTS (SELECT 1 FROM spec WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'specs are append-only'); END;

CREATE TRIGGER request_no_update BEFORE UPDATE ON request BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;
CREATE TRIGGER request_no_delete BEFORE DELETE ON request BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;
CREATE TRIGGER request_no_replace BEFORE INSERT ON request WHEN EXISTS (SELECT 1 FROM request WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;

CREATE TRIGGER attempt_no_update BEFORE UPDATE ON attempt BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;
CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;
CREATE TRIGGER attempt_no_replace BEFORE INSERT ON attempt WHEN EXISTS (SELECT 1 FROM attempt WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;

CREATE TRIGGER cache_entry_no_update BEFORE UPDATE ON cache_entry BEGIN SELECT RAISE(ABORT, 'cache entries are append-only'); END;
CREATE TRIGGER cache_entry_no_delete BEFORE DELETE ON cache_entry BEGIN SELECT RAISE(ABORT, 'cache entries are append-only'); END;
CREATE TRIGGER cache_entry_no_replace BEFORE INSERT ON cache_entry WHEN EXISTS (SELECT 1 FROM cache_entry WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'cache entries are append-only'); END;

CREATE TRIGGER artifact_no_update BEFORE UPDATE ON artifact BEGIN SELECT RAISE(ABORT, 'artifacts are append-only'); END;
CREATE TRIGGER artifact_no_delete BEFORE DELETE ON artifact BEGIN SELECT RAISE(ABORT, 'artifacts are append-only'); END;
CREATE TRIGGER artifact_no_replace BEFORE INSERT ON artifact WHEN EXISTS (SELECT 1 FROM artifact WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'artifacts are append-only'); END;

CREATE TRIGGER artifact_chunk_no_update BEFORE UPDATE ON artifact_chunk BEGIN SELECT RAISE(ABORT, 'artifacts are append-only'); END;
CREATE TRIGGER artifact_chunk_no_delete BEFORE DELETE ON artifact_chunk BEGIN SELECT RAISE(ABORT, 'artifacts are append-only'); END;
CREATE TRIGGER artifact_chunk_no_replace BEFORE INSERT ON artifact_chunk WHEN EXISTS (SELECT 1 FROM artifact_chunk WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'artifacts are append-only'); END;


-- A call is completed once; from then on it stays as it is.
CREATE TRIGGER call_completed_once BEFORE UPDATE ON call
WHEN OLD.outcome <> 'in_flight'
  OR (NEW.id, NEW.request, NEW.work_item, NEW.invocation, NEW.purpose, NEW.started_at)
     <> (OLD.id, OLD.request, OLD.work_item, OLD.invocation, OLD.purpose, OLD.started_at)
BEGIN SELECT RAISE(ABORT, 'calls are append-only'); END;
CREATE TRIGGER call_no_delete BEFORE DELETE ON call BEGIN SELECT RAISE(ABORT, 'calls are append-only'); END;
CREATE TRIGGER call_no_replace BEFORE INSERT ON call WHEN EXISTS (SELECT 1 FROM call WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'calls are append-only'); END;
CREATE TRIGGER work_item_stays_itself BEFORE UPDATE ON work_item
WHEN (NEW.id, NEW.work_id, NEW.step, NEW.source_kind) <> (OLD.id, OLD.work_id, OLD.step, OLD.source_kind)
BEGIN SELECT RAISE(ABORT, 'a work item keeps its id, its step and its kind of source'); END;
CREATE TRIGGER work_item_no_delete BEFORE DELETE ON work_item BEGIN SELECT RAISE(ABORT, 'work items are kept'); END;
CREATE TRIGGER invocation_no_delete BEFORE DELETE ON invocation BEGIN SELECT RAISE(ABORT, 'invocations are kept'); END;


-- ---------------------------------------------------------------- views: one for each question that people ask
--
-- They keep to what SQLite 3.38 understands, so that the sqlite3 of an older distribution opens the file too: one view
-- that it cannot parse would make it refuse the whole schema.

-- One row per message of a request, with its text exactly as it was sent.
CREATE VIEW messages AS
SELECT
    request.request_id,
    message.key + 1 AS number,
    message.value ->> 'role' AS role,
    (
        SELECT group_concat(piece, '') FROM (
            SELECT coalesce(text.body, part.value) AS piece
            FROM json_each(message.value, '$.parts') AS part
            LEFT JOIN text ON text.id = CASE part.type WHEN 'object' THEN part.value ->> 'text' END
            ORDER BY part.key
        )
    ) AS content
FROM request, json_each(request.messages) AS message;

-- One row per try at a work item. `current` is 0 for tries under an earlier prompt, input, sample or configuration, and
-- for those at work items that are not planned any more.
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
    work_item.planned = 1 AND attempt.cache_id = work_item.cache_id AND attempt.sample = work_item.sample
        AND attempt.id > (SELECT coalesce(max(last_attempt), 0) FROM set_aside
                          WHERE stage IN ('schema', 'contract', 'ingest', 'plan', 'generate')) AS current,
    task.task_id,
    attempt.decided_at
FROM attempt
JOIN work_item ON work_item.id = attempt.work_item
JOIN step ON step.id = work_item.step
JOIN task ON task.id = attempt.task
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
LEFT JOIN call ON call.id = attempt.call;

-- One row per failed or rejected work item of the latest plan.
CREATE VIEW failures AS
SELECT
    work_item.work_id,
    step.name AS step,
    work_item.status,
    attempt.outcome AS kind,
    attempt.detail AS message,
    work_item.attempts,
    call.answer AS last_answer,
    input_row.row_index,
    row_group.group_key
FROM work_item
JOIN step ON step.id = work_item.step
LEFT JOIN attempt ON attempt.id = work_item.last_attempt
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
WHERE work_item.planned = 1 AND work_item.status IN ('failed', 'rejected');

-- One row per exchange with a provider, failed ones included.
CREATE VIEW calls AS
SELECT
    request.request_id,
    spec.provider,
    coalesce(call.model, spec.model) AS model,
    call.http_status,
    call.duration_ms,
    call.input_tokens,
    call.output_tokens,
    call.cached_tokens,
    call.reasoning_tokens,
    call.cost_usd,
    call.outcome,
    call.purpose,
    work_item.work_id,
    step.name AS step,
    call.finish,
    call.error_kind,
    call.error,
    call.started_at,
    call.invocation
FROM call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
JOIN work_item ON work_item.id = call.work_item
JOIN step ON step.id = work_item.step;

-- One row per step and model. `cost_usd` sums what is known, `unpriced_calls` counts the calls whose cost is not;
-- `saved_usd` is what answers that were used more than once would have cost.
CREATE VIEW costs AS
WITH used AS (
    SELECT call AS id, count(*) AS times FROM attempt WHERE call IS NOT NULL GROUP BY call
    UNION ALL
    SELECT judge_call, count(*) FROM attempt WHERE judge_call IS NOT NULL GROUP BY judge_call
)
SELECT
    step.name AS step,
    coalesce(call.model, spec.model) AS model,
    count(*) AS calls,
    sum(call.input_tokens) AS input_tokens,
    sum(call.output_tokens) AS output_tokens,
    sum(call.cached_tokens) AS cached_tokens,
    sum(call.reasoning_tokens) AS reasoning_tokens,
    sum(call.cost_usd) AS cost_usd,
    sum(max(coalesce(used.times, 0) - 1, 0) * call.cost_usd) AS saved_usd,
    sum(call.cost_usd IS NULL) AS unpriced_calls
FROM call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
JOIN work_item ON work_item.id = call.work_item
JOIN step ON step.id = work_item.step
LEFT JOIN used ON used.id = call.id
GROUP BY step.name, coalesce(call.model, spec.model);

-- One row per step. planned = accepted + rejected + failed + skipped + blocked + pending, always.
CREATE VIEW progress AS
SELECT
    step.name AS step,
    count(*) AS planned,
    sum(work_item.status = 'accepted') AS accepted,
    sum(work_item.status = 'rejected') AS rejected,
    sum(work_item.status = 'failed') AS failed,
    sum(work_item.status = 'skipped') AS skipped,
    sum(work_item.status = 'blocked') AS blocked,
    sum(work_item.status = 'pending') AS pending,
    (
        SELECT count(DISTINCT call.work_item) FROM call JOIN work_item AS asked ON asked.id = call.work_item
        WHERE call.outcome = 'in_flight' AND asked.step = step.id AND asked.planned = 1
    ) AS in_flight
FROM work_item JOIN step ON step.id = work_item.step
WHERE work_item.planned = 1
GROUP BY step.id
ORDER BY step.position;

-- One row per stage and invocation.
CREATE VIEW manifests AS
SELECT
    manifest.stage,
    step.name AS step,
    manifest.status,
    manifest.counts,
    (
        SELECT coalesce(json_group_object(kind, n), '{}')
        FROM (SELECT kind, count(*) AS n FROM anomaly
              WHERE anomaly.manifest = coalesce(manifest.reused_from, manifest.id) GROUP BY kind ORDER BY kind)
    ) AS anomalies,
    manifest.started_at,
    manifest.ended_at,
    manifest.inputs,
    manifest.outputs,
    manifest.message,
    manifest.invocation
FROM manifest LEFT JOIN step ON step.id = manifest.step;

-- One row per thing that a stage found odd.
CREATE VIEW anomalies AS
SELECT manifest.stage, anomaly.kind, anomaly.subject, anomaly.detail, manifest.invocation
FROM anomaly JOIN manifest ON manifest.id = anomaly.manifest;

-- One row per file that a stage wrote.
CREATE VIEW artifacts AS
SELECT
    artifact.name, artifact.media_type, artifact.bytes, artifact.sha1, artifact.row_count, artifact.created_at,
    artifact.id = (SELECT max(latest.id) FROM artifact AS latest WHERE latest.name = artifact.name) AS latest
FROM artifact;

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
    work_item.planned = 1 AND work_item.cache_entry IS cache_entry.id AS current
FROM cache_entry
JOIN attempt ON attempt.id = cache_entry.attempt
JOIN work_item ON work_item.id = cache_entry.work_item
JOIN step ON step.id = work_item.step
JOIN task ON task.id = attempt.task
JOIN invocation ON invocation.id = attempt.invocation
LEFT JOIN config ON config.id = invocation.config
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec;
