-- The run file. Rows point at each other by integer rowid; the digests that name things to people stand beside it, and
-- only what is looked up by its digest has an index on it. Times are UTC RFC 3339 text.
--
-- What a work item is never changes (`work_item`), where it stands does (`standing`), and what happened is only ever
-- appended. A `CHECK` of three words and more compares them one after the other where rows are many: for `x IN (…)`
-- SQLite builds a table in memory each time a statement makes the check.

PRAGMA application_id = 1128354642; -- 'CASR': a Casebook run file
PRAGMA user_version = 4;

-- ---------------------------------------------------------------- who did what

CREATE TABLE config (
    id          INTEGER PRIMARY KEY,
    config_id   TEXT NOT NULL UNIQUE,
    snapshot    TEXT NOT NULL CHECK (json_valid(snapshot)),
    created_at  TEXT NOT NULL
) STRICT;

-- `uid` is random: with it and a number every row that an invocation appended can be named outside this file too.
CREATE TABLE invocation (
    id          INTEGER PRIMARY KEY,
    uid         TEXT NOT NULL UNIQUE,
    command     TEXT NOT NULL,
    version     TEXT NOT NULL,
    pid         INTEGER NOT NULL,
    config      INTEGER REFERENCES config (id),
    status      TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'interrupted', 'killed')),
    message     TEXT,
    started_at  TEXT NOT NULL,
    ended_at    TEXT
) STRICT;
CREATE INDEX invocation_running ON invocation (status) WHERE status = 'running';

CREATE TABLE manifest (
    id          INTEGER PRIMARY KEY,
    invocation  INTEGER NOT NULL REFERENCES invocation (id),
    stage       TEXT NOT NULL CHECK (stage IN ('acquire', 'schema', 'contract', 'ingest', 'plan', 'generate', 'evaluate',
                    'export', 'report')),
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

-- Which data set and configuration a step was last planned from: its newest row.
CREATE TABLE plan (
    id          INTEGER PRIMARY KEY,
    invocation  INTEGER NOT NULL REFERENCES invocation (id),
    step        INTEGER NOT NULL REFERENCES step (id),
    task        INTEGER NOT NULL REFERENCES task (id),
    dataset     INTEGER NOT NULL REFERENCES dataset (id),
    config      INTEGER REFERENCES config (id),
    created_at  TEXT NOT NULL,
    knowledge   TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(knowledge)) -- of each collection by name: its data set (id)
) STRICT;
CREATE INDEX plan_step ON plan (step);

-- Each time that work was begun anew. `clean` deletes nothing: what was recorded in rounds before it no longer counts for
-- its stage and all after it, and with `tape` no answer of invocations before it answers. `retry` opens some work items
-- with a new sample number each, `force` all of them with the round's.
CREATE TABLE round (
    id          INTEGER PRIMARY KEY,
    invocation  INTEGER NOT NULL REFERENCES invocation (id),
    number      INTEGER NOT NULL CHECK (number >= 1), -- among the rounds of its invocation
    kind        TEXT NOT NULL CHECK (kind IN ('clean', 'retry', 'force')),
    stage       TEXT NOT NULL CHECK (stage IN ('acquire', 'schema', 'contract', 'ingest', 'plan', 'generate', 'evaluate',
                    'export', 'report')),
    tape        INTEGER NOT NULL CHECK (tape = 0 OR tape = 1),
    sample      INTEGER CHECK (sample >= 1),
    detail      TEXT NOT NULL CHECK (json_valid(detail)), -- what was asked for
    created_at  TEXT NOT NULL,
    UNIQUE (invocation, number),
    CHECK ((kind = 'force') = (sample IS NOT NULL))
) STRICT;

-- The forced rounds in which all that was planned is decided; every other one is still open.
CREATE TABLE round_end (
    round       INTEGER PRIMARY KEY REFERENCES round (id),
    invocation  INTEGER NOT NULL REFERENCES invocation (id),
    ended_at    TEXT NOT NULL
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
    role        TEXT NOT NULL CHECK (role IN ('input', 'gold', 'canary', 'knowledge')),
    name        TEXT NOT NULL,
    format      TEXT NOT NULL,
    sha1        TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    columns     TEXT NOT NULL CHECK (json_valid(columns)),
    types       TEXT NOT NULL CHECK (json_valid(types)), -- of each column: its type, "any" in a JSON file, or null
    key_column  TEXT,
    row_count   INTEGER NOT NULL,
    created_at  TEXT NOT NULL
) STRICT;

CREATE TABLE input_row (
    id          INTEGER PRIMARY KEY,
    dataset     INTEGER NOT NULL REFERENCES dataset (id) DEFERRABLE INITIALLY DEFERRED,
    row_id      TEXT NOT NULL,
    row_index   INTEGER NOT NULL,
    line        INTEGER NOT NULL, -- where it begins in its file, from 1
    document    INTEGER REFERENCES document (id), -- which it is a part of
    -- A list of texts, in the order of dataset.columns. Of a JSON file, {"json": [positions]} follows, where cells are
    -- numbers, true, false, null, lists or objects.
    fields      TEXT NOT NULL CHECK (json_valid(fields))
) STRICT;
CREATE INDEX input_row_dataset ON input_row (dataset, row_index);

-- What a document says, once for each content, under however many names. Its lines with their ends are the bytes that were
-- read, after the byte order mark. A text that a reader made (of HTML, docx, PDF) is that of the file in `document_file`.
CREATE TABLE document_text (
    id          INTEGER PRIMARY KEY,
    sha1        TEXT NOT NULL, -- of the file's bytes
    format      TEXT NOT NULL CHECK (format IN ('markdown', 'text', 'html', 'docx', 'pdf')),
    reader      TEXT NOT NULL, -- what made the text: `bytes` where the lines are the bytes
    bytes       INTEGER NOT NULL,
    has_bom     INTEGER NOT NULL CHECK (has_bom = 0 OR has_bom = 1),
    line_count  INTEGER NOT NULL,
    page_count  INTEGER, -- of a PDF
    UNIQUE (sha1, format, reader)
) STRICT;

-- The bytes of a document whose text a reader made, in chunks.
CREATE TABLE document_file (
    id             INTEGER PRIMARY KEY,
    document_text  INTEGER NOT NULL REFERENCES document_text (id),
    encoding       TEXT NOT NULL CHECK (encoding IN ('identity', 'zstd')),
    data           BLOB NOT NULL
) STRICT;
CREATE INDEX document_file_text ON document_file (document_text);

-- A line of a document, without its end: 0 is none (the last line), 1 LF, 2 CRLF, 3 CR.
CREATE TABLE line (
    document_text  INTEGER NOT NULL REFERENCES document_text (id),
    number         INTEGER NOT NULL CHECK (number >= 1),
    ending         INTEGER NOT NULL CHECK (ending BETWEEN 0 AND 3),
    page           INTEGER CHECK (page >= 1),
    text           TEXT NOT NULL,
    PRIMARY KEY (document_text, number)
) WITHOUT ROWID, STRICT;

-- The documents of a data set by name, in their order.
CREATE TABLE document (
    id             INTEGER PRIMARY KEY,
    dataset        INTEGER NOT NULL REFERENCES dataset (id) DEFERRABLE INITIALLY DEFERRED,
    number         INTEGER NOT NULL CHECK (number >= 1),
    name           TEXT NOT NULL,
    document_text  INTEGER NOT NULL REFERENCES document_text (id)
) STRICT;
CREATE INDEX document_dataset ON document (dataset, name);

CREATE TABLE row_group (
    id                INTEGER PRIMARY KEY,
    dataset           INTEGER NOT NULL REFERENCES dataset (id),
    group_context_id  TEXT NOT NULL,
    group_key         TEXT NOT NULL,
    row_count         INTEGER NOT NULL,
    included_rows     INTEGER NOT NULL,
    context           INTEGER NOT NULL REFERENCES text (id)
) STRICT;
CREATE INDEX row_group_key ON row_group (dataset, group_key);

-- Pictures that requests show, each once.
CREATE TABLE image (
    id          INTEGER PRIMARY KEY,
    sha1        TEXT NOT NULL UNIQUE,
    media_type  TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    data        BLOB NOT NULL
) STRICT;

-- What a file was last found to hold, or why that cannot be shown: a new line for each change. Its name is the one that
-- a prompt writes, in the folder that the configuration writes.
CREATE TABLE image_file (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    image    INTEGER REFERENCES image (id),
    problem  TEXT,
    CHECK ((image IS NULL) <> (problem IS NULL))
) STRICT;
CREATE INDEX image_file_name ON image_file (name);

-- ---------------------------------------------------------------- what is to be done

-- One setting of the task that is tried on the same work items: `overlay` is what is laid over the configuration, and
-- the first one, with nothing laid over it, is the task itself. The name is for people, and may be given anew.
CREATE TABLE variant (
    id          INTEGER PRIMARY KEY,
    variant_id  TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL UNIQUE,
    overlay     TEXT NOT NULL CHECK (json_valid(overlay)),
    created_at  TEXT NOT NULL
) STRICT;
INSERT INTO variant (id, variant_id, name, overlay, created_at)
VALUES (1, '1f32600f8beab0b517092700abf7d2f31dc9f936', 'base', '{}', '1970-01-01T00:00:00.000Z');

-- A step under a variant, in a repeat. It keeps its name for good; its place changes with the task, and is negative where
-- the task has it no more. The name of a step with perspectives is `<step>.<perspective>`. `base` is the step of that
-- name under the first variant in the first repeat: work items and tasks belong to it, so that they are the same in all.
CREATE TABLE step (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL,
    perspective  TEXT,
    position     INTEGER NOT NULL,
    variant      INTEGER NOT NULL REFERENCES variant (id),
    repeat       INTEGER NOT NULL CHECK (repeat >= 1),
    base         INTEGER NOT NULL REFERENCES step (id),
    UNIQUE (name, variant, repeat)
) STRICT;

CREATE TABLE task (
    id          INTEGER PRIMARY KEY,
    task_id     TEXT NOT NULL UNIQUE,
    step        INTEGER NOT NULL REFERENCES step (id),
    parts       TEXT NOT NULL CHECK (json_valid(parts)),
    created_at  TEXT NOT NULL
) STRICT;

-- What a work item is: `source` is what its id is made of beside its step, such as ["group", "<key>"],
-- ["element", "<work id>", <element>, <its number among equal ones>] or ["join", {"row": "<row id>"}]. Of a row it is
-- ["row", "<row id>"], with the id of `input_row`, the row that it was first made for.
CREATE TABLE work_item (
    id           INTEGER PRIMARY KEY,
    work_id      TEXT NOT NULL,
    step         INTEGER NOT NULL REFERENCES step (id),
    source_kind  TEXT NOT NULL CHECK (source_kind = 'row' OR source_kind = 'group' OR source_kind = 'output'
                     OR source_kind = 'element' OR source_kind = 'join' OR source_kind = 'document'
                     OR source_kind = 'pair' OR source_kind = 'task'),
    input_row    INTEGER REFERENCES input_row (id),
    source       TEXT CHECK (source IS NULL OR json_valid(source)),
    CHECK ((source_kind = 'row') = (source IS NULL)),
    CHECK ((source_kind = 'row') = (input_row IS NOT NULL))
) STRICT;
-- Sixteen digits tell all ids apart that there will ever be, and take a third of the room.
CREATE INDEX work_item_work_id ON work_item (substr(work_id, 1, 16));

-- Where a work item stands under a variant, in a repeat. `position` is the place of the input row or group that it goes
-- back to (of the first, where it goes back to several), and `path` its place among those that this became. Without an
-- exact task (an empty `cache_id`) it waits for what it is made from, of which `open_sources` are not decided.
-- `handed_on` says for which steps their work items follow from where it stands now: 0 for none, 1 for all but those that
-- need everything before they can make their own, 2 for all.
CREATE TABLE standing (
    id            INTEGER PRIMARY KEY,
    work_item     INTEGER NOT NULL REFERENCES work_item (id),
    variant       INTEGER NOT NULL CHECK (variant >= 1),
    repeat        INTEGER NOT NULL CHECK (repeat >= 1),
    step          INTEGER NOT NULL REFERENCES step (id),
    planned       INTEGER NOT NULL CHECK (planned = 0 OR planned = 1),
    input_row     INTEGER REFERENCES input_row (id),
    row_group     INTEGER REFERENCES row_group (id),
    position      INTEGER NOT NULL,
    path          TEXT,
    -- What is asked about, where that is the task itself; of an element that has lines of its document, the element with
    -- the lines of now, since its identity has those of its row.
    item          TEXT CHECK (item IS NULL OR json_valid(item)),
    images        TEXT CHECK (images IS NULL OR json_valid(images)),
    task          INTEGER NOT NULL REFERENCES task (id),
    cache_id      TEXT NOT NULL,
    round         INTEGER REFERENCES round (id),
    sample        INTEGER NOT NULL CHECK (sample >= 1),
    status        TEXT NOT NULL CHECK (status = 'pending' OR status = 'accepted' OR status = 'rejected'
                      OR status = 'failed' OR status = 'skipped' OR status = 'blocked'),
    reason        TEXT, -- why it is skipped or blocked
    attempts      INTEGER NOT NULL,
    last_attempt  INTEGER REFERENCES attempt (id),
    cache_entry   INTEGER REFERENCES cache_entry (id),
    open_sources  INTEGER NOT NULL CHECK (open_sources >= 0),
    handed_on     INTEGER NOT NULL CHECK (handed_on BETWEEN 0 AND 2),
    -- The latest `clean` of its step or of itself: what was tried at it in earlier rounds does not count.
    set_aside     INTEGER REFERENCES round (id),
    -- The latest of these that set its answers aside, too: those of earlier invocations are not taken.
    tape_aside    INTEGER REFERENCES round (id),
    UNIQUE (work_item, variant, repeat),
    CHECK ((status = 'accepted') = (cache_entry IS NOT NULL))
) STRICT;
CREATE INDEX standing_step ON standing (step, position);
CREATE INDEX standing_open ON standing (step, position) WHERE planned = 1 AND status = 'pending' AND cache_id <> '';
CREATE INDEX standing_complete ON standing (step) WHERE planned = 1 AND status = 'pending' AND cache_id = '' AND open_sources = 0;
CREATE INDEX standing_not_handed_on ON standing (step) WHERE handed_on = 0;
CREATE INDEX standing_not_gathered ON standing (step) WHERE handed_on = 1;

-- The rows that came to a live run one by one, each with the work item of the first step that answers it and the exact
-- task that it came for. Equal rows have one work item.
CREATE TABLE admission (
    input_row  INTEGER PRIMARY KEY REFERENCES input_row (id),
    work_item  INTEGER NOT NULL REFERENCES work_item (id),
    cache_id   TEXT NOT NULL
) STRICT;

-- Which standings a standing is made from: `number` is the place of the parent's step among those that the child's step
-- takes from. `is_open` says that the parent is counted in the child's `open_sources`.
CREATE TABLE edge (
    id       INTEGER PRIMARY KEY,
    child    INTEGER NOT NULL REFERENCES standing (id),
    parent   INTEGER NOT NULL REFERENCES standing (id),
    number   INTEGER NOT NULL CHECK (number >= 1),
    is_open  INTEGER NOT NULL CHECK (is_open = 0 OR is_open = 1)
) STRICT;
CREATE INDEX edge_child ON edge (child, number);
CREATE INDEX edge_parent ON edge (parent, child);

-- How many planned work items of a step stand where, kept by the triggers below.
CREATE TABLE tally (
    step     INTEGER NOT NULL REFERENCES step (id),
    variant  INTEGER NOT NULL,
    status   TEXT NOT NULL,
    items    INTEGER NOT NULL,
    PRIMARY KEY (step, variant, status)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER standing_is_counted AFTER INSERT ON standing WHEN NEW.planned = 1
BEGIN
    INSERT INTO tally (step, variant, status, items) VALUES (NEW.step, NEW.variant, NEW.status, 1)
    ON CONFLICT (step, variant, status) DO UPDATE SET items = items + 1;
END;
CREATE TRIGGER standing_is_counted_again AFTER UPDATE OF planned, status ON standing
WHEN OLD.planned <> NEW.planned OR OLD.status <> NEW.status
BEGIN
    UPDATE tally SET items = items - OLD.planned
    WHERE step = OLD.step AND variant = OLD.variant AND status = OLD.status;
    INSERT INTO tally (step, variant, status, items) VALUES (NEW.step, NEW.variant, NEW.status, NEW.planned)
    ON CONFLICT (step, variant, status) DO UPDATE SET items = items + excluded.items;
END;

-- ---------------------------------------------------------------- the tape

CREATE TABLE spec (
    id        INTEGER PRIMARY KEY,
    spec_id   TEXT NOT NULL UNIQUE,
    provider  TEXT NOT NULL,
    model     TEXT NOT NULL,
    body      TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

-- What is asked. `messages` is a list of {"role", "parts"}: each part is a piece of text, or {"text": id} for a shared
-- one, {"image": sha1} or {"image_url": address} for a picture.
CREATE TABLE request (
    id          INTEGER PRIMARY KEY,
    request_id  TEXT NOT NULL UNIQUE,
    spec        INTEGER NOT NULL REFERENCES spec (id),
    sample      INTEGER NOT NULL CHECK (sample >= 1),
    matched     TEXT CHECK (matched IS NULL OR json_valid(matched)),
    item        TEXT,
    messages    TEXT NOT NULL CHECK (json_valid(messages))
) STRICT;

-- That a request is about to be sent. Without a response it is in flight while its invocation runs, and lost after that.
-- Words that follow from other columns are not stored, here and below: they are what a row says, and take no room.
CREATE TABLE call (
    id                 INTEGER PRIMARY KEY,
    request            INTEGER NOT NULL REFERENCES request (id),
    work_item          INTEGER NOT NULL REFERENCES work_item (id),
    invocation         INTEGER NOT NULL REFERENCES invocation (id),
    job                INTEGER, -- the batch job that it is sent with
    is_judge           INTEGER NOT NULL CHECK (is_judge = 0 OR is_judge = 1),
    purpose            TEXT NOT NULL GENERATED ALWAYS AS (CASE is_judge WHEN 1 THEN 'judge' ELSE 'generation' END) VIRTUAL,
    reserved_pico_usd  INTEGER, -- the most it can cost in 10^-12 dollars, known before it is sent
    started_at         TEXT NOT NULL
) STRICT;
CREATE INDEX call_request ON call (request);
CREATE INDEX call_work_item ON call (work_item);

-- What came back.
CREATE TABLE response (
    id                  INTEGER PRIMARY KEY,
    call                INTEGER NOT NULL UNIQUE REFERENCES call (id),
    invocation          INTEGER NOT NULL REFERENCES invocation (id),
    outcome             TEXT NOT NULL GENERATED ALWAYS AS (CASE WHEN answer IS NULL THEN 'failed' ELSE 'answered' END) VIRTUAL,
    duration_ms         INTEGER,
    http_status         INTEGER,
    model               TEXT,
    finish              TEXT CHECK (finish = 'stop' OR finish = 'length' OR finish = 'refusal' OR finish = 'content_filter'
                            OR finish = 'unknown'),
    finish_reason       TEXT, -- the provider's own word; NULL: that of finish, empty: none
    thoughts            TEXT, -- what it thought in the same text before its answer
    leftover            TEXT CHECK (leftover = 'certain' OR leftover = 'doubtful'), -- whether it has more in the answer
    answer              TEXT,
    envelope            TEXT,
    error_kind          TEXT,
    error               TEXT, -- of an answer: what is wrong with its characters, or what was there instead of a text
    input_tokens        INTEGER,
    output_tokens       INTEGER,
    cached_tokens       INTEGER,
    cache_write_tokens  INTEGER, -- of the input: written to the provider's cache
    reasoning_tokens    INTEGER,
    service_tier        TEXT, -- as the provider says it served the call
    cost_usd            REAL, -- under 2,000; a whole number of 10^-12 dollars, divided once: `round(cost_usd * 1e12)`
    CHECK ((answer IS NULL) = (error_kind IS NOT NULL))
) STRICT;
CREATE INDEX response_odd ON response (finish)
WHERE thoughts IS NOT NULL OR leftover IS NOT NULL OR finish = 'unknown';

-- What is odd about the usage that was reported with a response; few have any of it.
CREATE TABLE odd_usage (
    response       INTEGER PRIMARY KEY REFERENCES response (id),
    hidden_tokens  INTEGER, -- of the output: the provider did not count them as output; its total or its details have them
    unread_tokens  INTEGER, -- of the prompt: at least so many were not read, by the provider's own count
    excess_tokens  INTEGER, -- of the input: so many more than the request itself can have
    most_pico_usd  INTEGER, -- where the cost is unknown: the most that it can be, if that is more than was reserved
    CHECK (hidden_tokens > 0 OR unread_tokens > 0 OR excess_tokens > 0 OR most_pico_usd > 0)
) STRICT;

-- What each invocation has spent, kept with every commit, so that nobody has to add up all calls to go on. A call counts
-- as what it cost (`cost_pico_usd` of `priced_calls` in all), or else as the most that its usage can cost, or else as what
-- was set aside for it; `unpriced_calls` have none of these. `oldest_open` is the oldest call that had no response at the
-- last commit: those without one are found from there on.
CREATE TABLE spending (
    invocation      INTEGER PRIMARY KEY REFERENCES invocation (id),
    calls           INTEGER NOT NULL CHECK (calls >= 0),
    spent_pico_usd  INTEGER NOT NULL CHECK (spent_pico_usd >= 0), -- in 10^-12 dollars, which add up exactly
    cost_pico_usd   INTEGER NOT NULL CHECK (cost_pico_usd >= 0),
    priced_calls    INTEGER NOT NULL CHECK (priced_calls >= 0),
    unpriced_calls  INTEGER NOT NULL CHECK (unpriced_calls >= 0),
    oldest_open     INTEGER REFERENCES call (id)
) STRICT;

-- The same of each variant that has a budget of its own.
CREATE TABLE variant_spending (
    invocation      INTEGER NOT NULL REFERENCES invocation (id),
    variant         INTEGER NOT NULL REFERENCES variant (id),
    calls           INTEGER NOT NULL CHECK (calls >= 0),
    spent_pico_usd  INTEGER NOT NULL CHECK (spent_pico_usd >= 0),
    PRIMARY KEY (invocation, variant)
) WITHOUT ROWID, STRICT;

-- What kind of server answers at an address, and how that is known: a new line for each change. A server that was asked is
-- not asked again, unless it did not answer then (`answered` is 0) nor since.
CREATE TABLE server (
    id          INTEGER PRIMARY KEY,
    invocation  INTEGER NOT NULL REFERENCES invocation (id),
    base_url    TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('openai', 'vllm', 'sglang', 'llama_cpp', 'ollama', 'other')),
    source      TEXT NOT NULL CHECK (source IN ('written', 'address', 'detected')),
    evidence    TEXT NOT NULL,
    answered    INTEGER NOT NULL CHECK (answered = 0 OR answered = 1),
    found_at    TEXT NOT NULL
) STRICT;
CREATE INDEX server_invocation ON server (invocation);
CREATE INDEX server_base_url ON server (base_url);

-- Each change of how fast requests go out to an endpoint, with why.
CREATE TABLE pace (
    id                   INTEGER PRIMARY KEY,
    invocation           INTEGER NOT NULL REFERENCES invocation (id),
    model                TEXT NOT NULL, -- who is asked
    changed_at           TEXT NOT NULL,
    reason               TEXT NOT NULL CHECK (reason IN ('growth', 'limits', 'wait', 'overload', 'rate_limited', 'start')),
    concurrency          INTEGER NOT NULL CHECK (concurrency >= 0),
    requests_per_minute  REAL,
    tokens_per_minute    REAL,
    detail               TEXT
) STRICT;
CREATE INDEX pace_invocation ON pace (invocation);

-- ---------------------------------------------------------------- what became of it

-- One try at a work item's exact task. `candidate` says to which of several candidates it belongs: its sample is the
-- work item's, and so many more. `output` is a valid output that did not pass.
CREATE TABLE attempt (
    id          INTEGER PRIMARY KEY,
    work_item   INTEGER NOT NULL REFERENCES work_item (id),
    task        INTEGER NOT NULL REFERENCES task (id),
    invocation  INTEGER NOT NULL REFERENCES invocation (id),
    round       INTEGER REFERENCES round (id),
    cache_id    TEXT NOT NULL,
    sample      INTEGER NOT NULL,
    candidate   INTEGER CHECK (candidate IS NULL OR candidate >= 1),
    number      INTEGER NOT NULL CHECK (number >= 1),
    outcome     TEXT NOT NULL CHECK (outcome = 'accepted' OR outcome = 'empty' OR outcome = 'no_json'
                    OR outcome = 'many_json' OR outcome = 'invalid_json' OR outcome = 'invalid_schema'
                    OR outcome = 'check_failed' OR outcome = 'evidence_failed' OR outcome = 'judge_failed'
                    OR outcome = 'judge_invalid' OR outcome = 'human_accepted' OR outcome = 'human_rejected'
                    OR outcome = 'truncated' OR outcome = 'refused' OR outcome = 'content_filter' OR outcome = 'no_record'
                    OR outcome = 'many_records' OR outcome = 'render_error' OR outcome = 'image_error'
                    OR outcome = 'request_error' OR outcome = 'timeout' OR outcome = 'connection'
                    OR outcome = 'rate_limited' OR outcome = 'server_error' OR outcome = 'bad_request'
                    OR outcome = 'invalid_response' OR outcome = 'model_error'),
    detail      TEXT,
    request     INTEGER REFERENCES request (id),
    response    INTEGER REFERENCES response (id),
    output      TEXT CHECK (output IS NULL OR json_valid(output)),
    verdict     TEXT CHECK (verdict = 'PASS' OR verdict = 'FAIL'),
    score       INTEGER CHECK (score BETWEEN 0 AND 100),
    reasons     TEXT CHECK (reasons IS NULL OR json_valid(reasons)),
    decided_at  TEXT NOT NULL
) STRICT;
CREATE INDEX attempt_work_item ON attempt (work_item);

-- Which outputs of other steps an attempt was made from, in order.
CREATE TABLE attempt_input (
    attempt      INTEGER NOT NULL REFERENCES attempt (id),
    number       INTEGER NOT NULL CHECK (number >= 1),
    cache_entry  INTEGER NOT NULL REFERENCES cache_entry (id),
    PRIMARY KEY (attempt, number)
) WITHOUT ROWID, STRICT;

-- What a template asked of a collection of knowledge in an attempt, with `retrieve`, in order. `purpose` says what was
-- rendered. What a condition (`when`) asked is not here: it belongs to no attempt.
CREATE TABLE retrieval (
    id       INTEGER PRIMARY KEY,
    attempt  INTEGER NOT NULL REFERENCES attempt (id),
    number   INTEGER NOT NULL CHECK (number >= 1),
    purpose  TEXT NOT NULL CHECK (purpose IN ('generation', 'judge', 'check', 'rule')),
    dataset  INTEGER NOT NULL REFERENCES dataset (id), -- the collection, as it was
    query    TEXT NOT NULL,
    k        INTEGER NOT NULL CHECK (k BETWEEN 1 AND 50) -- the most passages that were asked for
) STRICT;
CREATE INDEX retrieval_attempt ON retrieval (attempt, number);

-- The passages that were retrieved, best first.
CREATE TABLE retrieved_passage (
    retrieval  INTEGER NOT NULL REFERENCES retrieval (id),
    rank       INTEGER NOT NULL CHECK (rank >= 1),
    input_row  INTEGER NOT NULL REFERENCES input_row (id),
    PRIMARY KEY (retrieval, rank)
) WITHOUT ROWID, STRICT;

-- What each judge answered about an attempt; without a verdict where it gave none.
CREATE TABLE verdict (
    id        INTEGER PRIMARY KEY,
    attempt   INTEGER NOT NULL REFERENCES attempt (id),
    number    INTEGER NOT NULL CHECK (number >= 1),
    judge     TEXT NOT NULL,
    response  INTEGER NOT NULL REFERENCES response (id),
    verdict   TEXT CHECK (verdict = 'PASS' OR verdict = 'FAIL'),
    score     INTEGER CHECK (score BETWEEN 0 AND 100),
    scores    TEXT CHECK (scores IS NULL OR json_valid(scores)), -- by criterion, where the judge has a rubric
    reasons   TEXT CHECK (reasons IS NULL OR json_valid(reasons)),
    CHECK ((verdict IS NULL) = (score IS NULL) AND (verdict IS NULL) = (reasons IS NULL))
) STRICT;
CREATE INDEX verdict_attempt ON verdict (attempt);

-- What people decided about work items under a variant, in a repeat. Each has an attempt of its own, whose outcome says what
-- became of it, and is in force there for as long as that is the last one. Other variants have no part in it, even where
-- they share the other attempts.
CREATE TABLE decision (
    id          INTEGER PRIMARY KEY,
    attempt     INTEGER NOT NULL UNIQUE REFERENCES attempt (id),
    variant     INTEGER NOT NULL REFERENCES variant (id),
    repeat      INTEGER NOT NULL CHECK (repeat >= 1),
    looked_at   INTEGER REFERENCES attempt (id), -- whose output was decided on; none where a person wrote it from scratch
    kind        TEXT NOT NULL CHECK (kind IN ('accept', 'reject', 'edit')),
    was         TEXT NOT NULL CHECK (was IN ('accepted', 'rejected', 'failed')),
    reason      TEXT NOT NULL,
    decided_by  TEXT NOT NULL CHECK (decided_by <> ''),
    decided_at  TEXT NOT NULL
) STRICT;
CREATE INDEX decision_looked_at ON decision (looked_at);

-- What the output of an attempt claims to be proved by, in a step that declares evidence. Lines are counted from 1 in the row
-- that the attempt is about: `line_start` and `line_end` are those where the claim stands in the end, `cited_start` and
-- `cited_end` the ones that were cited. Of a claim that stands nowhere they are equal. NULL: it names no line.
CREATE TABLE claim (
    id           INTEGER PRIMARY KEY,
    attempt      INTEGER NOT NULL REFERENCES attempt (id),
    number       INTEGER NOT NULL CHECK (number >= 1),
    path         TEXT NOT NULL, -- such as use_cases[0].evidence[1]
    cited_start  INTEGER,
    cited_end    INTEGER,
    line_start   INTEGER,
    line_end     INTEGER,
    quote        TEXT NOT NULL,
    status       TEXT NOT NULL CHECK (status = 'exact' OR status = 'trimmed' OR status = 'relocated' OR status = 'part'
                     OR status = 'not_found')
) STRICT;
CREATE INDEX claim_attempt ON claim (attempt);

-- Accepted outputs. Of a step that declares evidence, the lines in it are those of the document, in which the row began at
-- `first_line`; where the row moved, the same attempt has another entry.
CREATE TABLE cache_entry (
    id          INTEGER PRIMARY KEY,
    work_item   INTEGER NOT NULL REFERENCES work_item (id),
    attempt     INTEGER NOT NULL REFERENCES attempt (id),
    first_line  INTEGER CHECK (first_line >= 1),
    output      TEXT NOT NULL CHECK (json_valid(output))
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

-- What a variant is worth under a metric, as an evaluation found it; and its other figures, by their names: `valid`,
-- `cost_per_item` and so on. Without a value, `undefined` says why.
CREATE TABLE metric_value (
    id         INTEGER PRIMARY KEY,
    manifest   INTEGER NOT NULL REFERENCES manifest (id) DEFERRABLE INITIALLY DEFERRED,
    variant    INTEGER NOT NULL REFERENCES variant (id),
    metric     TEXT NOT NULL,
    value      REAL,
    low        REAL,
    high       REAL,
    n          INTEGER,
    missing    INTEGER,
    undefined  TEXT
) STRICT;
CREATE INDEX metric_value_manifest ON metric_value (manifest);

-- A variant against the baseline under a metric, as an evaluation found it.
CREATE TABLE comparison (
    id             INTEGER PRIMARY KEY,
    manifest       INTEGER NOT NULL REFERENCES manifest (id) DEFERRABLE INITIALLY DEFERRED,
    variant        INTEGER NOT NULL REFERENCES variant (id),
    baseline       INTEGER NOT NULL REFERENCES variant (id),
    metric         TEXT NOT NULL,
    difference     REAL,
    low            REAL,
    high           REAL,
    test           TEXT NOT NULL,
    n              INTEGER NOT NULL,
    only_variant   INTEGER,
    only_baseline  INTEGER,
    p              REAL,
    adjusted_p     REAL,
    verdict        TEXT CHECK (verdict IN ('better', 'worse', 'inconclusive')),
    more_items     INTEGER,
    reason         TEXT,
    undefined      TEXT
) STRICT;
CREATE INDEX comparison_manifest ON comparison (manifest);

-- A run of a canary that came to its end: the task of a pin, asked again about the canary set in a repeat of its own
-- (`number`), and held against the promotion's record, or else against the first such run (`reference`).
CREATE TABLE canary (
    id                 INTEGER PRIMARY KEY,
    invocation         INTEGER NOT NULL REFERENCES invocation (id),
    number             INTEGER NOT NULL UNIQUE CHECK (number >= 1),
    stage              TEXT NOT NULL CHECK (stage IN ('staging', 'production')),
    variant            INTEGER NOT NULL REFERENCES variant (id),
    pin_id             TEXT NOT NULL, -- the digest of the pin
    pin                TEXT NOT NULL CHECK (json_valid(pin)),
    dataset            INTEGER NOT NULL REFERENCES dataset (id),
    gold               INTEGER REFERENCES dataset (id),
    first_rows         INTEGER CHECK (first_rows >= 1), -- only so many rows or groups were asked about
    items              INTEGER NOT NULL CHECK (items >= 0),
    accepted           INTEGER NOT NULL CHECK (accepted >= 0),
    rejected           INTEGER NOT NULL CHECK (rejected >= 0),
    failed             INTEGER NOT NULL CHECK (failed >= 0),
    refusals           INTEGER NOT NULL CHECK (refusals >= 0), -- answers that the model, or a filter, refused
    is_with_promotion  INTEGER NOT NULL CHECK (is_with_promotion = 0 OR is_with_promotion = 1),
    reference          INTEGER REFERENCES canary (id),
    compared           INTEGER NOT NULL CHECK (compared >= 0),
    equal              INTEGER NOT NULL CHECK (equal BETWEEN 0 AND compared),
    last               INTEGER REFERENCES canary (id), -- the run before it of the same pin
    compared_last      INTEGER NOT NULL CHECK (compared_last >= 0),
    equal_last         INTEGER NOT NULL CHECK (equal_last BETWEEN 0 AND compared_last),
    figures            TEXT NOT NULL CHECK (json_valid(figures)),
    median_ms          INTEGER,
    p95_ms             INTEGER,
    cost_usd           REAL, -- NULL: not known
    models             TEXT NOT NULL CHECK (json_valid(models)), -- how many answers each reported model gave
    fingerprints       TEXT NOT NULL CHECK (json_valid(fingerprints)),
    verdict            TEXT NOT NULL CHECK (verdict IN ('first', 'steady', 'drift')),
    drifted            TEXT NOT NULL CHECK (json_valid(drifted)), -- what did, in words
    noted              TEXT NOT NULL CHECK (json_valid(noted)), -- what has changed and is no drift, in words
    started_at         TEXT NOT NULL,
    ended_at           TEXT NOT NULL,
    CHECK ((verdict = 'first') = (reference IS NULL AND is_with_promotion = 0)),
    CHECK (reference IS NULL OR is_with_promotion = 0)
) STRICT;

-- A variant that was promoted, and on what evidence: the evaluation's manifest, the configuration that was measured, the
-- pin as `pins.yaml` has it, the figures of the variant and of the baseline, and the gates.
CREATE TABLE promotion (
    id           INTEGER PRIMARY KEY,
    invocation   INTEGER NOT NULL REFERENCES invocation (id),
    stage        TEXT NOT NULL CHECK (stage IN ('staging', 'production')),
    variant      INTEGER NOT NULL REFERENCES variant (id),
    evaluation   INTEGER NOT NULL REFERENCES manifest (id),
    config       INTEGER NOT NULL REFERENCES config (id),
    pin          TEXT NOT NULL CHECK (json_valid(pin)),
    metrics      TEXT NOT NULL CHECK (json_valid(metrics)),
    gates        TEXT NOT NULL CHECK (json_valid(gates)),
    verdict      TEXT CHECK (verdict IN ('better', 'worse', 'inconclusive')),
    reason       TEXT,
    promoted_by  TEXT NOT NULL,
    promoted_at  TEXT NOT NULL
) STRICT;

-- ---------------------------------------------------------------- nothing is overwritten

-- `INSERT OR REPLACE` would walk around an update trigger, so each table also refuses to insert an id twice.

CREATE TRIGGER config_no_update BEFORE UPDATE ON config BEGIN SELECT RAISE(ABORT, 'configurations are append-only'); END;
CREATE TRIGGER config_no_delete BEFORE DELETE ON config BEGIN SELECT RAISE(ABORT, 'configurations are append-only'); END;
CREATE TRIGGER config_no_replace BEFORE INSERT ON config WHEN EXISTS (SELECT 1 FROM config WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'configurations are append-only'); END;

CREATE TRIGGER canary_no_update BEFORE UPDATE ON canary BEGIN SELECT RAISE(ABORT, 'canaries are append-only'); END;
CREATE TRIGGER canary_no_delete BEFORE DELETE ON canary BEGIN SELECT RAISE(ABORT, 'canaries are append-only'); END;
CREATE TRIGGER canary_no_replace BEFORE INSERT ON canary WHEN EXISTS (SELECT 1 FROM canary WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'canaries are append-only'); END;

CREATE TRIGGER manifest_no_update BEFORE UPDATE ON manifest BEGIN SELECT RAISE(ABORT, 'manifests are append-only'); END;
CREATE TRIGGER manifest_no_delete BEFORE DELETE ON manifest BEGIN SELECT RAISE(ABORT, 'manifests are append-only'); END;
CREATE TRIGGER manifest_no_replace BEFORE INSERT ON manifest WHEN EXISTS (SELECT 1 FROM manifest WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'manifests are append-only'); END;

CREATE TRIGGER anomaly_no_update BEFORE UPDATE ON anomaly BEGIN SELECT RAISE(ABORT, 'anomalies are append-only'); END;
CREATE TRIGGER anomaly_no_delete BEFORE DELETE ON anomaly BEGIN SELECT RAISE(ABORT, 'anomalies are append-only'); END;
CREATE TRIGGER anomaly_no_replace BEFORE INSERT ON anomaly WHEN EXISTS (SELECT 1 FROM anomaly WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'anomalies are append-only'); END;

CREATE TRIGGER plan_no_update BEFORE UPDATE ON plan BEGIN SELECT RAISE(ABORT, 'plans are append-only'); END;
CREATE TRIGGER plan_no_delete BEFORE DELETE ON plan BEGIN SELECT RAISE(ABORT, 'plans are append-only'); END;
CREATE TRIGGER plan_no_replace BEFORE INSERT ON plan WHEN EXISTS (SELECT 1 FROM plan WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'plans are append-only'); END;

CREATE TRIGGER round_no_update BEFORE UPDATE ON round BEGIN SELECT RAISE(ABORT, 'rounds are append-only'); END;
CREATE TRIGGER round_no_delete BEFORE DELETE ON round BEGIN SELECT RAISE(ABORT, 'rounds are append-only'); END;
CREATE TRIGGER round_no_replace BEFORE INSERT ON round WHEN EXISTS (SELECT 1 FROM round WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'rounds are append-only'); END;

CREATE TRIGGER round_end_no_update BEFORE UPDATE ON round_end BEGIN SELECT RAISE(ABORT, 'ends of rounds are append-only'); END;
CREATE TRIGGER round_end_no_delete BEFORE DELETE ON round_end BEGIN SELECT RAISE(ABORT, 'ends of rounds are append-only'); END;
CREATE TRIGGER round_end_no_replace BEFORE INSERT ON round_end WHEN EXISTS (SELECT 1 FROM round_end WHERE round = NEW.round)
BEGIN SELECT RAISE(ABORT, 'ends of rounds are append-only'); END;

CREATE TRIGGER text_no_update BEFORE UPDATE ON text BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;
CREATE TRIGGER text_no_delete BEFORE DELETE ON text BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;
CREATE TRIGGER text_no_replace BEFORE INSERT ON text WHEN EXISTS (SELECT 1 FROM text WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;

CREATE TRIGGER dataset_no_update BEFORE UPDATE ON dataset BEGIN SELECT RAISE(ABORT, 'data sets are append-only'); END;
CREATE TRIGGER dataset_no_delete BEFORE DELETE ON dataset BEGIN SELECT RAISE(ABORT, 'data sets are append-only'); END;
CREATE TRIGGER dataset_no_replace BEFORE INSERT ON dataset WHEN EXISTS (SELECT 1 FROM dataset WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'data sets are append-only'); END;

CREATE TRIGGER row_group_no_update BEFORE UPDATE ON row_group BEGIN SELECT RAISE(ABORT, 'groups are append-only'); END;
CREATE TRIGGER row_group_no_delete BEFORE DELETE ON row_group BEGIN SELECT RAISE(ABORT, 'groups are append-only'); END;
CREATE TRIGGER row_group_no_replace BEFORE INSERT ON row_group WHEN EXISTS (SELECT 1 FROM row_group WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'groups are append-only'); END;

CREATE TRIGGER image_no_update BEFORE UPDATE ON image BEGIN SELECT RAISE(ABORT, 'images are append-only'); END;
CREATE TRIGGER image_no_delete BEFORE DELETE ON image BEGIN SELECT RAISE(ABORT, 'images are append-only'); END;
CREATE TRIGGER image_no_replace BEFORE INSERT ON image WHEN EXISTS (SELECT 1 FROM image WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'images are append-only'); END;

CREATE TRIGGER image_file_no_update BEFORE UPDATE ON image_file BEGIN SELECT RAISE(ABORT, 'image files are append-only'); END;
CREATE TRIGGER image_file_no_delete BEFORE DELETE ON image_file BEGIN SELECT RAISE(ABORT, 'image files are append-only'); END;
CREATE TRIGGER image_file_no_replace BEFORE INSERT ON image_file WHEN EXISTS (SELECT 1 FROM image_file WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'image files are append-only'); END;

CREATE TRIGGER task_no_update BEFORE UPDATE ON task BEGIN SELECT RAISE(ABORT, 'tasks are append-only'); END;
CREATE TRIGGER task_no_delete BEFORE DELETE ON task BEGIN SELECT RAISE(ABORT, 'tasks are append-only'); END;
CREATE TRIGGER task_no_replace BEFORE INSERT ON task WHEN EXISTS (SELECT 1 FROM task WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'tasks are append-only'); END;

CREATE TRIGGER work_item_no_update BEFORE UPDATE ON work_item BEGIN SELECT RAISE(ABORT, 'work items are append-only'); END;
CREATE TRIGGER work_item_no_delete BEFORE DELETE ON work_item BEGIN SELECT RAISE(ABORT, 'work items are append-only'); END;
CREATE TRIGGER work_item_no_replace BEFORE INSERT ON work_item WHEN EXISTS (SELECT 1 FROM work_item WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'work items are append-only'); END;

CREATE TRIGGER admission_no_update BEFORE UPDATE ON admission BEGIN SELECT RAISE(ABORT, 'admissions are append-only'); END;
CREATE TRIGGER admission_no_delete BEFORE DELETE ON admission BEGIN SELECT RAISE(ABORT, 'admissions are append-only'); END;
CREATE TRIGGER admission_no_replace BEFORE INSERT ON admission WHEN EXISTS (SELECT 1 FROM admission WHERE input_row = NEW.input_row)
BEGIN SELECT RAISE(ABORT, 'admissions are append-only'); END;
CREATE TRIGGER spec_no_update BEFORE UPDATE ON spec BEGIN SELECT RAISE(ABORT, 'specs are append-only'); END;
CREATE TRIGGER spec_no_delete BEFORE DELETE ON spec BEGIN SELECT RAISE(ABORT, 'specs are append-only'); END;
CREATE TRIGGER spec_no_replace BEFORE INSERT ON spec WHEN EXISTS (SELECT 1 FROM spec WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'specs are append-only'); END;

CREATE TRIGGER request_no_update BEFORE UPDATE ON request BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;
CREATE TRIGGER request_no_delete BEFORE DELETE ON request BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;
CREATE TRIGGER request_no_replace BEFORE INSERT ON request WHEN EXISTS (SELECT 1 FROM request WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;

CREATE TRIGGER call_no_update BEFORE UPDATE ON call BEGIN SELECT RAISE(ABORT, 'calls are append-only'); END;
CREATE TRIGGER call_no_delete BEFORE DELETE ON call BEGIN SELECT RAISE(ABORT, 'calls are append-only'); END;
CREATE TRIGGER call_no_replace BEFORE INSERT ON call WHEN EXISTS (SELECT 1 FROM call WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'calls are append-only'); END;

CREATE TRIGGER response_no_update BEFORE UPDATE ON response BEGIN SELECT RAISE(ABORT, 'responses are append-only'); END;
CREATE TRIGGER response_no_delete BEFORE DELETE ON response BEGIN SELECT RAISE(ABORT, 'responses are append-only'); END;
CREATE TRIGGER response_no_replace BEFORE INSERT ON response WHEN EXISTS (SELECT 1 FROM response WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'responses are append-only'); END;

CREATE TRIGGER odd_usage_no_update BEFORE UPDATE ON odd_usage BEGIN SELECT RAISE(ABORT, 'responses are append-only'); END;
CREATE TRIGGER odd_usage_no_delete BEFORE DELETE ON odd_usage BEGIN SELECT RAISE(ABORT, 'responses are append-only'); END;
CREATE TRIGGER odd_usage_no_replace BEFORE INSERT ON odd_usage WHEN EXISTS (SELECT 1 FROM odd_usage WHERE response = NEW.response)
BEGIN SELECT RAISE(ABORT, 'responses are append-only'); END;

CREATE TRIGGER pace_no_update BEFORE UPDATE ON pace BEGIN SELECT RAISE(ABORT, 'changes of pace are append-only'); END;
CREATE TRIGGER pace_no_delete BEFORE DELETE ON pace BEGIN SELECT RAISE(ABORT, 'changes of pace are append-only'); END;
CREATE TRIGGER pace_no_replace BEFORE INSERT ON pace WHEN EXISTS (SELECT 1 FROM pace WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'changes of pace are append-only'); END;

CREATE TRIGGER server_no_update BEFORE UPDATE ON server BEGIN SELECT RAISE(ABORT, 'what servers are is append-only'); END;
CREATE TRIGGER server_no_delete BEFORE DELETE ON server BEGIN SELECT RAISE(ABORT, 'what servers are is append-only'); END;
CREATE TRIGGER server_no_replace BEFORE INSERT ON server WHEN EXISTS (SELECT 1 FROM server WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'what servers are is append-only'); END;

CREATE TRIGGER attempt_no_update BEFORE UPDATE ON attempt BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;
CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;
CREATE TRIGGER attempt_no_replace BEFORE INSERT ON attempt WHEN EXISTS (SELECT 1 FROM attempt WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;

CREATE TRIGGER attempt_input_no_update BEFORE UPDATE ON attempt_input BEGIN SELECT RAISE(ABORT, 'inputs of attempts are append-only'); END;
CREATE TRIGGER attempt_input_no_delete BEFORE DELETE ON attempt_input BEGIN SELECT RAISE(ABORT, 'inputs of attempts are append-only'); END;
CREATE TRIGGER attempt_input_no_replace BEFORE INSERT ON attempt_input WHEN EXISTS (SELECT 1 FROM attempt_input WHERE attempt = NEW.attempt AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'inputs of attempts are append-only'); END;

CREATE TRIGGER verdict_no_update BEFORE UPDATE ON verdict BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdict_no_delete BEFORE DELETE ON verdict BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdict_no_replace BEFORE INSERT ON verdict WHEN EXISTS (SELECT 1 FROM verdict WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;

CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decision_no_replace BEFORE INSERT ON decision WHEN EXISTS (SELECT 1 FROM decision WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

CREATE TRIGGER retrieval_no_update BEFORE UPDATE ON retrieval BEGIN SELECT RAISE(ABORT, 'retrievals are append-only'); END;
CREATE TRIGGER retrieval_no_delete BEFORE DELETE ON retrieval BEGIN SELECT RAISE(ABORT, 'retrievals are append-only'); END;
CREATE TRIGGER retrieval_no_replace BEFORE INSERT ON retrieval WHEN EXISTS (SELECT 1 FROM retrieval WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'retrievals are append-only'); END;

CREATE TRIGGER retrieved_passage_no_update BEFORE UPDATE ON retrieved_passage BEGIN SELECT RAISE(ABORT, 'retrieved passages are append-only'); END;
CREATE TRIGGER retrieved_passage_no_delete BEFORE DELETE ON retrieved_passage BEGIN SELECT RAISE(ABORT, 'retrieved passages are append-only'); END;
CREATE TRIGGER retrieved_passage_no_replace BEFORE INSERT ON retrieved_passage
WHEN EXISTS (SELECT 1 FROM retrieved_passage WHERE retrieval = NEW.retrieval AND rank = NEW.rank)
BEGIN SELECT RAISE(ABORT, 'retrieved passages are append-only'); END;

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

CREATE TRIGGER metric_value_no_update BEFORE UPDATE ON metric_value BEGIN SELECT RAISE(ABORT, 'figures are append-only'); END;
CREATE TRIGGER metric_value_no_delete BEFORE DELETE ON metric_value BEGIN SELECT RAISE(ABORT, 'figures are append-only'); END;
CREATE TRIGGER metric_value_no_replace BEFORE INSERT ON metric_value WHEN EXISTS (SELECT 1 FROM metric_value WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'figures are append-only'); END;

CREATE TRIGGER comparison_no_update BEFORE UPDATE ON comparison BEGIN SELECT RAISE(ABORT, 'comparisons are append-only'); END;
CREATE TRIGGER comparison_no_delete BEFORE DELETE ON comparison BEGIN SELECT RAISE(ABORT, 'comparisons are append-only'); END;
CREATE TRIGGER comparison_no_replace BEFORE INSERT ON comparison WHEN EXISTS (SELECT 1 FROM comparison WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'comparisons are append-only'); END;

CREATE TRIGGER promotion_no_update BEFORE UPDATE ON promotion BEGIN SELECT RAISE(ABORT, 'promotions are append-only'); END;
CREATE TRIGGER promotion_no_delete BEFORE DELETE ON promotion BEGIN SELECT RAISE(ABORT, 'promotions are append-only'); END;
CREATE TRIGGER promotion_no_replace BEFORE INSERT ON promotion WHEN EXISTS (SELECT 1 FROM promotion WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'promotions are append-only'); END;

CREATE TRIGGER document_text_no_update BEFORE UPDATE ON document_text BEGIN SELECT RAISE(ABORT, 'texts of documents are append-only'); END;
CREATE TRIGGER document_text_no_delete BEFORE DELETE ON document_text BEGIN SELECT RAISE(ABORT, 'texts of documents are append-only'); END;
CREATE TRIGGER document_text_no_replace BEFORE INSERT ON document_text WHEN EXISTS (SELECT 1 FROM document_text WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'texts of documents are append-only'); END;

CREATE TRIGGER document_file_no_update BEFORE UPDATE ON document_file BEGIN SELECT RAISE(ABORT, 'files of documents are append-only'); END;
CREATE TRIGGER document_file_no_delete BEFORE DELETE ON document_file BEGIN SELECT RAISE(ABORT, 'files of documents are append-only'); END;
CREATE TRIGGER document_file_no_replace BEFORE INSERT ON document_file WHEN EXISTS (SELECT 1 FROM document_file WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'files of documents are append-only'); END;

CREATE TRIGGER line_no_update BEFORE UPDATE ON line BEGIN SELECT RAISE(ABORT, 'lines of documents are append-only'); END;
CREATE TRIGGER line_no_delete BEFORE DELETE ON line BEGIN SELECT RAISE(ABORT, 'lines of documents are append-only'); END;
CREATE TRIGGER line_no_replace BEFORE INSERT ON line WHEN EXISTS (SELECT 1 FROM line WHERE document_text = NEW.document_text AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'lines of documents are append-only'); END;

CREATE TRIGGER document_no_update BEFORE UPDATE ON document BEGIN SELECT RAISE(ABORT, 'documents are append-only'); END;
CREATE TRIGGER document_no_delete BEFORE DELETE ON document BEGIN SELECT RAISE(ABORT, 'documents are append-only'); END;
CREATE TRIGGER document_no_replace BEFORE INSERT ON document WHEN EXISTS (SELECT 1 FROM document WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'documents are append-only'); END;

CREATE TRIGGER claim_no_update BEFORE UPDATE ON claim BEGIN SELECT RAISE(ABORT, 'claims are append-only'); END;
CREATE TRIGGER claim_no_delete BEFORE DELETE ON claim BEGIN SELECT RAISE(ABORT, 'claims are append-only'); END;
CREATE TRIGGER claim_no_replace BEFORE INSERT ON claim WHEN EXISTS (SELECT 1 FROM claim WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'claims are append-only'); END;

-- Rows are open until their data set is there: equal rows get their numbers once all are read.
CREATE TRIGGER input_row_no_update BEFORE UPDATE ON input_row
WHEN EXISTS (SELECT 1 FROM dataset WHERE id = OLD.dataset) BEGIN SELECT RAISE(ABORT, 'input rows are append-only'); END;
CREATE TRIGGER input_row_no_delete BEFORE DELETE ON input_row BEGIN SELECT RAISE(ABORT, 'input rows are append-only'); END;
CREATE TRIGGER input_row_no_replace BEFORE INSERT ON input_row WHEN EXISTS (SELECT 1 FROM input_row WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'input rows are append-only'); END;

-- What changes keeps its identity.
CREATE TRIGGER standing_stays_itself BEFORE UPDATE OF id, work_item, variant, repeat, step ON standing
BEGIN SELECT RAISE(ABORT, 'a standing keeps its work item, variant and repeat'); END;
CREATE TRIGGER standing_no_delete BEFORE DELETE ON standing BEGIN SELECT RAISE(ABORT, 'standings are kept'); END;
CREATE TRIGGER step_stays_itself BEFORE UPDATE OF id, name, perspective, variant, repeat, base ON step
BEGIN SELECT RAISE(ABORT, 'a step keeps its name'); END;
CREATE TRIGGER variant_stays_itself BEFORE UPDATE OF id, variant_id, overlay, created_at ON variant
BEGIN SELECT RAISE(ABORT, 'a variant keeps what it lays over the task'); END;
CREATE TRIGGER variant_no_delete BEFORE DELETE ON variant BEGIN SELECT RAISE(ABORT, 'variants are kept'); END;
CREATE TRIGGER step_no_delete BEFORE DELETE ON step BEGIN SELECT RAISE(ABORT, 'steps are kept'); END;
CREATE TRIGGER invocation_stays_itself BEFORE UPDATE OF id, uid, command, version, pid, started_at ON invocation
BEGIN SELECT RAISE(ABORT, 'an invocation stays what it is'); END;
CREATE TRIGGER invocation_no_delete BEFORE DELETE ON invocation BEGIN SELECT RAISE(ABORT, 'invocations are kept'); END;
CREATE TRIGGER variant_spending_no_delete BEFORE DELETE ON variant_spending
BEGIN SELECT RAISE(ABORT, 'spending is kept'); END;
CREATE TRIGGER spending_no_delete BEFORE DELETE ON spending BEGIN SELECT RAISE(ABORT, 'spending is kept'); END;

-- ---------------------------------------------------------------- views: one for each question that people ask
--
-- They keep to what SQLite 3.38 understands, so that the sqlite3 of an older distribution opens the file too: one view
-- that it cannot parse would make it refuse the whole schema. DuckDB parses the same texts and runs them itself, so they
-- keep to what both take for the same thing. What is computed is cast: in SQLite that gives a column its affinity, without
-- which `WHERE n = '5'` finds no 5, and in DuckDB its type. The types are TEXT, BIGINT (an INTEGER of DuckDB has 32 bits)
-- and DOUBLE (a REAL of DuckDB has 32 bits). `results` is made for each run.

-- One row per message of a request, with its text exactly as it was sent; a line stands for each image before it.
CREATE VIEW messages AS
SELECT
    request.request_id,
    CAST(CAST(message.key AS BIGINT) + 1 AS BIGINT) AS number,
    CAST(message.value ->> 'role' AS TEXT) AS role,
    CAST((
        SELECT group_concat(piece, '') OVER (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        FROM (
            SELECT CAST(part.key AS BIGINT) AS place, CASE
                -- An object has no atom.
                WHEN part.atom IS NOT NULL THEN message.value ->> ('$.parts[' || part.key || ']')
                WHEN part.value ->> 'image' IS NOT NULL THEN printf('[image %d: %s, %,d bytes, sha1 %s]
', CAST(part.key AS BIGINT) + 1, image.media_type, image.bytes, image.sha1)
                WHEN part.value ->> 'image_url' IS NOT NULL THEN printf('[image %d: %s]
', CAST(part.key AS BIGINT) + 1, part.value ->> 'image_url')
                ELSE text.body
            END AS piece
            FROM json_each(message.value, '$.parts') AS part
            LEFT JOIN text ON text.id = CASE WHEN part.atom IS NULL THEN CAST(part.value ->> 'text' AS BIGINT) END
            LEFT JOIN image ON image.sha1 = CASE WHEN part.atom IS NULL THEN part.value ->> 'image' END
        ) AS pieces
        LIMIT 1
    ) AS TEXT) AS content
FROM request CROSS JOIN json_each(request.messages) AS message;

-- One row per try at a work item, decisions of people among them, and variant and repeat for whose present task it was
-- made: several variants may share a try, and one under an earlier prompt, input or configuration has none. `current` is
-- 0 for these, for tries with an earlier sample, for those that a later round set aside, and for those at work items that
-- are not planned any more.
CREATE VIEW attempts AS
SELECT
    work_item.work_id,
    step.name AS step,
    attempt.number AS attempt,
    attempt.outcome,
    attempt.detail,
    CAST((
        SELECT group_concat('[' || said.role || ']
' || said.content, '

') OVER (ORDER BY said.number ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        FROM messages AS said WHERE said.request_id = request.request_id LIMIT 1
    ) AS TEXT) AS prompt,
    CAST(CASE WHEN task.parts ->> '$.thoughts' = 'keep' THEN coalesce(response.thoughts, '') || response.answer
         ELSE response.answer END AS TEXT) AS answer,
    attempt.verdict,
    attempt.score,
    attempt.reasons,
    CAST(coalesce(response.model, spec.model) AS TEXT) AS model,
    request.request_id,
    attempt.sample,
    CAST(coalesce(standing.planned = 1
        AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = standing.sample
        AND (coalesce(standing.last_attempt, 0) = attempt.id
             OR coalesce(attempt.round, 0) >= coalesce(standing.round, 0)), 0) AS BIGINT) AS current,
    task.task_id,
    attempt.decided_at,
    attempt.candidate,
    CAST('human:' || decision.decided_by AS TEXT) AS decided_by,
    step.perspective,
    CAST(CASE WHEN task.parts ->> '$.thoughts' = 'keep' THEN NULL ELSE response.thoughts END AS TEXT) AS thoughts,
    variant.name AS variant,
    standing.repeat
FROM attempt
JOIN work_item ON work_item.id = attempt.work_item
JOIN step ON step.id = work_item.step
LEFT JOIN decision ON decision.attempt = attempt.id
LEFT JOIN standing ON standing.work_item = attempt.work_item AND standing.cache_id = attempt.cache_id
    AND (decision.id IS NULL OR decision.variant = standing.variant AND decision.repeat = standing.repeat)
LEFT JOIN variant ON variant.id = standing.variant
JOIN task ON task.id = +attempt.task
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
LEFT JOIN response ON response.id = attempt.response;

-- One row per attempt and judge that gave a verdict on it; `scores` are those by criterion, where the judge has a rubric.
-- A verdict that was used for several attempts, since their answers are equal, has a row for each, with one request_id.
CREATE VIEW verdicts AS
SELECT
    work_item.work_id,
    step.name AS step,
    attempt.number AS attempt,
    attempt.candidate,
    verdict.judge,
    verdict.verdict,
    verdict.score,
    verdict.scores,
    verdict.reasons,
    CAST(coalesce(response.model, spec.model) AS TEXT) AS model,
    request.request_id,
    attempt.outcome,
    attempt.sample,
    attempt.decided_at,
    step.perspective
FROM verdict
JOIN attempt ON attempt.id = verdict.attempt
JOIN work_item ON work_item.id = attempt.work_item
JOIN step ON step.id = work_item.step
JOIN response ON response.id = verdict.response
JOIN call ON call.id = response.call
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
WHERE verdict.verdict IS NOT NULL
ORDER BY verdict.attempt, verdict.number;

-- One row per passage of knowledge that a template of an attempt retrieved, best first; where it found nothing, one row
-- without a passage. `number` counts the calls of `retrieve` in an attempt; `current` is that of the view `attempts`.
CREATE VIEW retrievals AS
SELECT
    work_item.work_id,
    step.name AS step,
    attempt.number AS attempt,
    attempt.candidate,
    retrieval.number,
    retrieval.purpose,
    dataset.name AS knowledge,
    retrieval.query,
    retrieval.k,
    retrieved_passage.rank,
    document.name AS document,
    input_row.line AS line_start,
    CAST(input_row.fields ->> '$[4]' AS BIGINT) AS line_end,
    CAST(input_row.fields ->> '$[2]' AS TEXT) AS heading_path,
    CAST(input_row.fields ->> '$[5]' AS TEXT) AS text,
    attempt.sample,
    attempt.decided_at,
    step.perspective,
    CAST(coalesce(standing.planned = 1
        AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = standing.sample
        AND (coalesce(standing.last_attempt, 0) = attempt.id
             OR coalesce(attempt.round, 0) >= coalesce(standing.round, 0)), 0) AS BIGINT) AS current,
    variant.name AS variant,
    standing.repeat
FROM retrieval
JOIN attempt ON attempt.id = retrieval.attempt
JOIN work_item ON work_item.id = attempt.work_item
JOIN step ON step.id = work_item.step
LEFT JOIN standing ON standing.work_item = attempt.work_item AND standing.cache_id = attempt.cache_id
LEFT JOIN variant ON variant.id = standing.variant
JOIN dataset ON dataset.id = retrieval.dataset
LEFT JOIN retrieved_passage ON retrieved_passage.retrieval = retrieval.id
LEFT JOIN input_row ON input_row.id = retrieved_passage.input_row
LEFT JOIN document ON document.id = input_row.document
ORDER BY retrieval.attempt, retrieval.number, retrieved_passage.rank;

-- One row per failed or rejected work item of the latest plan.
CREATE VIEW failures AS
SELECT
    work_item.work_id,
    step.name AS step,
    standing.status,
    attempt.outcome AS kind,
    attempt.detail AS message,
    standing.attempts,
    CASE WHEN task.parts ->> '$.thoughts' = 'keep' THEN coalesce(response.thoughts, '') || response.answer
         ELSE response.answer END AS last_answer,
    input_row.row_index,
    row_group.group_key,
    variant.name AS variant,
    standing.repeat,
    step.perspective,
    attempt.decided_at AS failed_at
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN step ON step.id = standing.step
JOIN variant ON variant.id = standing.variant
LEFT JOIN attempt ON attempt.id = standing.last_attempt
LEFT JOIN task ON task.id = attempt.task
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.planned = 1 AND standing.status IN ('failed', 'rejected');

-- One row per exchange with a provider, failed ones included.
CREATE VIEW calls AS
SELECT
    request.request_id,
    spec.provider,
    CAST(coalesce(response.model, spec.model) AS TEXT) AS model,
    response.http_status,
    response.duration_ms,
    response.input_tokens,
    response.output_tokens,
    response.cached_tokens,
    response.cache_write_tokens,
    response.reasoning_tokens,
    response.service_tier,
    response.cost_usd,
    CAST(CASE WHEN coalesce(odd_usage.most_pico_usd, call.reserved_pico_usd) < 9e18
        THEN coalesce(odd_usage.most_pico_usd, call.reserved_pico_usd) / 1e12 END AS DOUBLE) AS reserved_usd,
    CAST(CASE
        WHEN response.answer IS NOT NULL THEN 'answered'
        WHEN response.id IS NOT NULL THEN 'failed'
        WHEN invocation.status = 'running' THEN 'in_flight'
        ELSE 'lost'
    END AS TEXT) AS outcome,
    CAST(CASE call.is_judge WHEN 1 THEN 'judge' ELSE 'generation' END AS TEXT) AS purpose,
    work_item.work_id,
    step.name AS step,
    response.finish,
    response.error_kind,
    response.error,
    call.started_at,
    call.invocation,
    call.job,
    step.perspective,
    CAST(nullif(coalesce(response.finish_reason, response.finish), '') AS TEXT) AS finish_reason,
    response.thoughts,
    odd_usage.hidden_tokens,
    odd_usage.unread_tokens,
    CAST(round(response.cost_usd * 1e12) AS BIGINT) AS cost_pico_usd
FROM call
JOIN invocation ON invocation.id = call.invocation
JOIN request ON request.id = call.request
JOIN spec ON spec.id = request.spec
JOIN work_item ON work_item.id = call.work_item
JOIN step ON step.id = work_item.step
LEFT JOIN response ON response.call = call.id
LEFT JOIN odd_usage ON odd_usage.response = response.id;

-- One row per step and model. `cost_usd` sums what is known; `unpriced_calls` counts the calls whose cost is not, and
-- `reserved_usd` is the most that those of them can have cost for which that is known (NULL from $9,000,000 on, which
-- comes from counts or prices that are wrong). `saved_usd` is what answers that
-- were used more than once would have cost. Nothing that is unknown is 0: a sum of 0 beside what is unknown is NULL, and so
-- is a sum of tokens that no calls can have. Money is added up in whole numbers of 10^-12 dollars. All sums are made in
-- floating point, which has whole numbers exactly up to 2^53 and never overflows.
CREATE VIEW costs AS
WITH used (response) AS (
    SELECT response FROM attempt
    WHERE response IS NOT NULL AND outcome <> 'human_accepted' AND outcome <> 'human_rejected'
    UNION ALL
    SELECT response FROM verdict
),
part (call, spared, input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, hidden_tokens, cost,
      most, model) AS (
    SELECT call.id, 0, response.input_tokens, response.output_tokens, response.cached_tokens,
           response.cache_write_tokens, response.reasoning_tokens, odd_usage.hidden_tokens, round(response.cost_usd * 1e12),
           1.0 * coalesce(odd_usage.most_pico_usd, call.reserved_pico_usd), response.model
    FROM call LEFT JOIN response ON response.call = call.id LEFT JOIN odd_usage ON odd_usage.response = response.id
    UNION ALL
    SELECT response.call, again.times - 1, NULL, NULL, NULL, NULL, NULL, NULL, round(response.cost_usd * 1e12), NULL,
           response.model
    FROM (SELECT response, count(*) AS times FROM used GROUP BY response HAVING count(*) > 1) AS again
    CROSS JOIN response
    WHERE response.id = again.response
),
added (step, model, calls, input, output, cached, cache_write, reasoning, hidden, cost, saved, unpriced, unpriced_spared,
       reserved, perspective) AS (
    SELECT
        step.name,
        coalesce(part.model, spec.model),
        sum(CASE WHEN part.spared = 0 THEN 1 ELSE 0 END),
        sum(1.0 * part.input_tokens),
        sum(1.0 * part.output_tokens),
        sum(1.0 * part.cached_tokens),
        sum(1.0 * part.cache_write_tokens),
        sum(1.0 * part.reasoning_tokens),
        sum(1.0 * part.hidden_tokens),
        sum(CASE part.spared WHEN 0 THEN part.cost END),
        sum(part.spared * part.cost),
        sum(CASE WHEN part.spared = 0 AND part.cost IS NULL THEN 1 ELSE 0 END),
        sum(CASE WHEN part.spared > 0 AND part.cost IS NULL THEN 1 ELSE 0 END),
        sum(CASE WHEN part.spared = 0 AND part.cost IS NULL THEN part.most END),
        step.perspective
    FROM part
    CROSS JOIN call
    JOIN request ON request.id = call.request
    JOIN spec ON spec.id = request.spec
    JOIN work_item ON work_item.id = call.work_item
    JOIN step ON step.id = work_item.step
    WHERE call.id = part.call
    GROUP BY step.name, step.perspective, coalesce(part.model, spec.model)
)
SELECT
    step,
    CAST(model AS TEXT) AS model,
    CAST(calls AS BIGINT) AS calls,
    CAST(CASE WHEN input BETWEEN 0 AND 9e15 THEN input END AS BIGINT) AS input_tokens,
    CAST(CASE WHEN output BETWEEN 0 AND 9e15 THEN output END AS BIGINT) AS output_tokens,
    CAST(CASE WHEN cached BETWEEN 0 AND 9e15 THEN cached END AS BIGINT) AS cached_tokens,
    CAST(CASE WHEN cache_write BETWEEN 0 AND 9e15 THEN cache_write END AS BIGINT) AS cache_write_tokens,
    CAST(CASE WHEN reasoning BETWEEN 0 AND 9e15 THEN reasoning END AS BIGINT) AS reasoning_tokens,
    CAST(CASE WHEN unpriced = 0 OR cost > 0 THEN cost / 1e12 END AS DOUBLE) AS cost_usd,
    CAST(CASE WHEN unpriced_spared = 0 OR saved > 0 THEN coalesce(saved, 0) / 1e12 END AS DOUBLE) AS saved_usd,
    CAST(unpriced AS BIGINT) AS unpriced_calls,
    CAST(CASE WHEN reserved < 9e18 THEN reserved / 1e12 END AS DOUBLE) AS reserved_usd,
    perspective,
    CAST(CASE WHEN hidden BETWEEN 0 AND 9e15 THEN hidden END AS BIGINT) AS hidden_tokens
FROM added;

-- One row per step, variant and repeat. planned = accepted + rejected + failed + skipped + blocked + pending, always.
CREATE VIEW progress AS
SELECT
    step.name AS step,
    CAST(sum(tally.items) AS BIGINT) AS planned,
    CAST(sum(CASE tally.status WHEN 'accepted' THEN tally.items ELSE 0 END) AS BIGINT) AS accepted,
    CAST(sum(CASE tally.status WHEN 'rejected' THEN tally.items ELSE 0 END) AS BIGINT) AS rejected,
    CAST(sum(CASE tally.status WHEN 'failed' THEN tally.items ELSE 0 END) AS BIGINT) AS failed,
    CAST(sum(CASE tally.status WHEN 'skipped' THEN tally.items ELSE 0 END) AS BIGINT) AS skipped,
    CAST(sum(CASE tally.status WHEN 'blocked' THEN tally.items ELSE 0 END) AS BIGINT) AS blocked,
    CAST(sum(CASE tally.status WHEN 'pending' THEN tally.items ELSE 0 END) AS BIGINT) AS pending,
    CAST((
        SELECT count(DISTINCT call.work_item)
        FROM invocation
        CROSS JOIN spending
        CROSS JOIN call
        CROSS JOIN standing
        WHERE invocation.status = 'running' AND spending.invocation = invocation.id
          AND call.id >= spending.oldest_open AND call.invocation = invocation.id
          AND standing.work_item = call.work_item AND standing.variant = step.variant AND standing.repeat = step.repeat
          AND standing.step = step.id AND standing.planned = 1
          -- Variants and repeats are worked on one after the other: this is the one that was planned last.
          AND step.variant = coalesce((
              SELECT at_work.variant FROM manifest JOIN step AS at_work ON at_work.id = manifest.step
              WHERE manifest.id = (SELECT max(latest.id) FROM manifest AS latest
                                   WHERE latest.invocation = invocation.id AND latest.stage = 'plan')
          ), step.variant)
          AND step.repeat = coalesce((
              SELECT at_work.repeat FROM manifest JOIN step AS at_work ON at_work.id = manifest.step
              WHERE manifest.id = (SELECT max(latest.id) FROM manifest AS latest
                                   WHERE latest.invocation = invocation.id AND latest.stage = 'plan')
          ), step.repeat)
          AND NOT EXISTS (SELECT 1 FROM response WHERE response.call = call.id)
    ) AS BIGINT) AS in_flight,
    variant.name AS variant,
    step.perspective,
    step.repeat
FROM tally JOIN step ON step.id = tally.step JOIN variant ON variant.id = step.variant
GROUP BY step.id, step.name, step.perspective, step.position, step.variant, step.repeat, variant.name
HAVING sum(tally.items) > 0
ORDER BY step.position, step.variant, step.repeat;

-- One row per variant: `overlay` is what it lays over the configuration.
CREATE VIEW variants AS
SELECT variant.name AS variant, variant.variant_id, variant.overlay, variant.id AS number, variant.created_at
FROM variant
ORDER BY variant.id;

-- One row per variant and metric of the latest evaluation, and per other figure of a variant (`valid`, `cost_per_item` and
-- so on): its value with its 95 % interval over `n` work items.
CREATE VIEW metrics AS
SELECT
    variant.name AS variant,
    metric_value.metric,
    metric_value.value,
    metric_value.low,
    metric_value.high,
    metric_value.n,
    metric_value.missing,
    metric_value.undefined
FROM metric_value
JOIN variant ON variant.id = metric_value.variant
WHERE metric_value.manifest = (SELECT max(latest.manifest) FROM metric_value AS latest)
ORDER BY metric_value.id;

-- One row per variant and metric of the latest evaluation: the variant against the baseline, paired by work item.
CREATE VIEW comparisons AS
SELECT
    variant.name AS variant,
    baseline.name AS baseline,
    comparison.metric,
    comparison.difference,
    comparison.low,
    comparison.high,
    comparison.n,
    comparison.p,
    comparison.adjusted_p,
    comparison.verdict,
    comparison.more_items,
    comparison.test,
    comparison.only_variant,
    comparison.only_baseline,
    comparison.reason,
    comparison.undefined
FROM comparison
JOIN variant ON variant.id = comparison.variant
JOIN variant AS baseline ON baseline.id = comparison.baseline
WHERE comparison.manifest = (SELECT max(latest.manifest) FROM metric_value AS latest)
ORDER BY comparison.id;

-- One row per run of a canary: what came of it, and what it was compared with. `metrics` is a list of figures, each with
-- its value before, the difference and its p; `models` and `fingerprints` are what the provider said, with counts.
CREATE VIEW canaries AS
SELECT
    canary.number AS canary,
    canary.stage,
    variant.name AS variant,
    canary.verdict,
    canary.drifted,
    canary.noted,
    canary.items,
    canary.accepted,
    canary.rejected,
    canary.failed,
    canary.refusals,
    CAST(CASE WHEN canary.is_with_promotion = 1 THEN 'promotion' WHEN reference.id IS NOT NULL
         THEN 'canary ' || reference.number END AS TEXT) AS reference,
    canary.compared,
    canary.equal,
    CAST(1.0 * canary.equal / nullif(canary.compared, 0) AS DOUBLE) AS equal_share,
    last.number AS last_canary,
    CAST(1.0 * canary.equal_last / nullif(canary.compared_last, 0) AS DOUBLE) AS equal_last_share,
    canary.figures AS metrics,
    canary.median_ms,
    canary.p95_ms,
    canary.cost_usd,
    canary.models,
    canary.fingerprints,
    canary.first_rows,
    canary.pin,
    canary.started_at,
    canary.ended_at
FROM canary
JOIN variant ON variant.id = canary.variant
LEFT JOIN canary AS reference ON reference.id = canary.reference
LEFT JOIN canary AS last ON last.id = canary.last
ORDER BY canary.number;

-- One row per promotion: what was promoted to which stage, on what evidence, by whom and when. `current` is 1 for the
-- last one of its stage. `metrics` and `gates` are those of the evaluation, and `pin` is what `pins.yaml` says.
CREATE VIEW promotions AS
SELECT
    promotion.stage,
    variant.name AS variant,
    promotion.promoted_at,
    promotion.promoted_by,
    promotion.verdict,
    promotion.metrics,
    promotion.gates,
    CAST(promotion.pin ->> '$.gold' AS TEXT) AS gold,
    promotion.reason,
    CAST(promotion.id = (SELECT max(latest.id) FROM promotion AS latest WHERE latest.stage = promotion.stage) AS BIGINT) AS current,
    CAST(promotion.pin ->> '$.evaluation' AS TEXT) AS evaluation,
    promotion.pin,
    variant.variant_id,
    promotion.invocation
FROM promotion JOIN variant ON variant.id = promotion.variant
ORDER BY promotion.id;

-- One row per stage and invocation.
CREATE VIEW manifests AS
SELECT
    manifest.stage,
    step.name AS step,
    manifest.status,
    manifest.counts,
    CAST((
        SELECT coalesce(json_group_object(found.kind, found.n), '{}')
        FROM (SELECT kind, count(*) AS n FROM anomaly
              WHERE anomaly.manifest = coalesce(manifest.reused_from, manifest.id) GROUP BY kind ORDER BY kind) AS found
    ) AS TEXT) AS anomalies,
    manifest.started_at,
    manifest.ended_at,
    manifest.inputs,
    manifest.outputs,
    manifest.message,
    manifest.invocation,
    variant.name AS variant,
    step.repeat
FROM manifest LEFT JOIN step ON step.id = manifest.step LEFT JOIN variant ON variant.id = step.variant;

-- One row per thing that a stage found odd.
CREATE VIEW anomalies AS
SELECT manifest.stage, anomaly.kind, anomaly.subject, anomaly.detail, manifest.invocation, step.name AS step,
    variant.name AS variant, step.repeat
FROM anomaly JOIN manifest ON manifest.id = anomaly.manifest LEFT JOIN step ON step.id = manifest.step
LEFT JOIN variant ON variant.id = step.variant;

-- One row per file that a stage wrote.
CREATE VIEW artifacts AS
SELECT
    artifact.name, artifact.media_type, artifact.bytes, artifact.sha1, artifact.row_count, artifact.created_at,
    CAST(artifact.id = (SELECT max(latest.id) FROM artifact AS latest WHERE latest.name = artifact.name) AS BIGINT) AS latest
FROM artifact;

-- One row per change of how fast requests went out, with why: from then on.
CREATE VIEW pacing AS
SELECT
    pace.invocation,
    pace.model,
    pace.changed_at,
    pace.reason,
    pace.concurrency,
    pace.requests_per_minute,
    pace.tokens_per_minute,
    pace.detail
FROM pace;

-- One row per change of what a server is taken for: `detected` ones were asked once.
CREATE VIEW servers AS
SELECT
    server.invocation,
    server.base_url,
    server.kind AS server,
    server.source,
    server.evidence,
    server.found_at
FROM server;

-- One row per clean, retry and forced run: what was begun anew, and whether a forced one is still open.
CREATE VIEW rounds AS
SELECT
    invocation.uid AS invocation_uid,
    round.number,
    round.kind,
    round.stage,
    CAST(max(round.tape, coalesce(round.detail ->> '$.tape', 0)) AS BIGINT) AS tape,
    round.sample,
    round.detail,
    round.created_at,
    CAST(round.kind = 'force' AND round_end.round IS NULL AND NOT EXISTS (
        SELECT 1 FROM round AS later
        WHERE later.id > round.id AND later.kind = 'clean' AND later.stage <> 'evaluate' AND later.stage <> 'export'
          AND later.stage <> 'report'
    ) AS BIGINT) AS open
FROM round
JOIN invocation ON invocation.id = round.invocation
LEFT JOIN round_end ON round_end.round = round.id
ORDER BY round.id;

-- One row per work item and work item that it is made from. `row_index` is the row that both go back to, where there is
-- one.
CREATE VIEW lineage AS
SELECT
    child_item.work_id,
    child_step.name AS step,
    edge.number,
    parent_item.work_id AS parent_work_id,
    parent_step.name AS parent_step,
    parent.status AS parent_status,
    cache_entry.output AS parent_output,
    CAST(CASE child_item.source_kind
        WHEN 'element' THEN coalesce(child.item, child_item.source -> '$[2]')
        WHEN 'pair' THEN coalesce(child.item, child_item.source -> '$[2]')
        WHEN 'join' THEN child_item.source -> '$[1].key'
    END AS TEXT) AS item,
    input_row.row_index,
    row_group.group_key,
    variant.name AS variant,
    child.repeat,
    child_step.perspective
FROM edge
JOIN standing AS child ON child.id = edge.child
JOIN standing AS parent ON parent.id = edge.parent
JOIN work_item AS child_item ON child_item.id = child.work_item
JOIN work_item AS parent_item ON parent_item.id = parent.work_item
JOIN step AS child_step ON child_step.id = child.step
JOIN step AS parent_step ON parent_step.id = parent.step
JOIN variant ON variant.id = child.variant
LEFT JOIN cache_entry ON cache_entry.id = parent.cache_entry
LEFT JOIN input_row ON input_row.id = parent.input_row
LEFT JOIN row_group ON row_group.id = parent.row_group
WHERE child.planned = 1 AND parent.planned = 1
ORDER BY child_step.position, child.position, child.path, child_item.work_id, child.variant, child.repeat,
    edge.number, parent.position, parent.path;

-- One row per work item of the latest plan that is skipped or blocked, with why.
CREATE VIEW held_back AS
SELECT
    work_item.work_id,
    step.name AS step,
    standing.status,
    standing.reason,
    input_row.row_index,
    row_group.group_key,
    variant.name AS variant,
    standing.repeat,
    step.perspective
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN step ON step.id = standing.step
JOIN variant ON variant.id = standing.variant
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
WHERE standing.planned = 1 AND (standing.status = 'skipped' OR standing.status = 'blocked')
ORDER BY step.position, standing.position, standing.path, work_item.work_id, standing.variant, standing.repeat;

-- One row per accepted output of the latest plan, of every step.
CREATE VIEW outputs AS
SELECT
    step.name AS step,
    work_item.work_id,
    input_row.row_index,
    row_group.group_key,
    CAST(CASE work_item.source_kind
        WHEN 'element' THEN coalesce(standing.item, work_item.source -> '$[2]')
        WHEN 'pair' THEN coalesce(standing.item, work_item.source -> '$[2]')
        WHEN 'join' THEN work_item.source -> '$[1].key'
        ELSE standing.item
    END AS TEXT) AS item,
    cache_entry.output,
    attempt.verdict,
    attempt.score,
    CAST(coalesce(response.model, spec.model) AS TEXT) AS model,
    variant.name AS variant,
    standing.repeat,
    step.perspective
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN step ON step.id = standing.step
JOIN variant ON variant.id = standing.variant
JOIN cache_entry ON cache_entry.id = standing.cache_entry
JOIN attempt ON attempt.id = cache_entry.attempt
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
WHERE standing.planned = 1
ORDER BY step.position, standing.position, standing.path, work_item.work_id, standing.variant, standing.repeat;

-- One row per thing that several perspectives of a step made an output of, and field of these outputs that is a single
-- value; `answers` is an object of what each said.
CREATE VIEW agreements AS
WITH held AS (
    SELECT
        substr(step.name, 1, length(step.name) - length(step.perspective) - 1) AS step,
        step.perspective,
        coalesce(work_item.source, CAST(standing.input_row AS TEXT)) AS source,
        standing.input_row,
        standing.row_group,
        CASE work_item.source_kind
            WHEN 'element' THEN coalesce(standing.item, work_item.source -> '$[2]')
            WHEN 'pair' THEN coalesce(standing.item, work_item.source -> '$[2]')
            WHEN 'join' THEN work_item.source -> '$[1].key'
        END AS item,
        standing.path,
        cache_entry.output,
        field.key AS field,
        lower(field.type) AS type,
        field.value,
        -- No path can name a key with one of these.
        CASE WHEN instr(field.key, '"') = 0 AND instr(field.key, '\') = 0 THEN '$."' || field.key || '"' END AS place
    FROM step
    JOIN standing ON standing.step = step.id AND standing.variant = 1 AND standing.repeat = 1
    JOIN work_item ON work_item.id = standing.work_item
    JOIN cache_entry ON cache_entry.id = standing.cache_entry
    CROSS JOIN json_each(cache_entry.output) AS field
    WHERE step.position >= 0 AND step.perspective IS NOT NULL
      AND standing.planned = 1 AND standing.status = 'accepted' AND lower(field.type) NOT IN ('object', 'array')
),
said AS (
    SELECT step, perspective, source, input_row, row_group, item, path, field,
        CASE
            WHEN place IS NULL AND type IN ('true', 'false', 'null') THEN type
            WHEN place IS NULL THEN CAST(value AS TEXT)
            WHEN substr(CAST(output -> place AS TEXT), 1, 1) = '"' THEN output ->> place
            ELSE CAST(output -> place AS TEXT)
        END AS answer
    FROM held
)
SELECT
    CAST(said.step AS TEXT) AS step,
    CAST(said.field AS TEXT) AS field,
    CAST(min(input_row.row_index) AS BIGINT) AS row_index,
    CAST(min(row_group.group_key) AS TEXT) AS group_key,
    CAST(min(said.item) AS TEXT) AS item,
    CAST(count(DISTINCT said.answer) = 1 AS BIGINT) AS agreed,
    CAST(json_group_object(said.perspective, said.answer) AS TEXT) AS answers,
    CAST(min(said.path) AS TEXT) AS path,
    CAST(min(said.input_row) AS BIGINT) AS input_row
FROM said
LEFT JOIN input_row ON input_row.id = said.input_row
LEFT JOIN row_group ON row_group.id = said.row_group
GROUP BY said.step, said.field, said.source
HAVING count(*) > 1
ORDER BY 1, 2, 3, 4, 8;

-- One row per rating of a thing that several raters rated: what each perspective of a step said in a field of its output
-- (`kind` is `readers`), what each judge said of an attempt (`judges`: its verdict, its score, and the scores by
-- criterion), and what a person decided on an attempt beside the verdict of a judge on it (`people`, with `judge`; PASS is
-- accepted as it was). `number` is the rating as a number, where it is one.
-- Each variant and repeat has its own.
CREATE VIEW ratings AS
WITH held AS (
    SELECT
        substr(step.name, 1, length(step.name) - length(step.perspective) - 1) AS step,
        step.perspective,
        coalesce(work_item.source, CAST(standing.input_row AS TEXT)) AS item,
        cache_entry.output,
        field.key AS field,
        lower(field.type) AS type,
        field.value,
        -- No path can name a key with one of these.
        CASE WHEN instr(field.key, '"') = 0 AND instr(field.key, '\') = 0 THEN '$."' || field.key || '"' END AS place,
        standing.variant,
        standing.repeat
    FROM step
    JOIN standing ON standing.step = step.id
    JOIN work_item ON work_item.id = standing.work_item
    JOIN cache_entry ON cache_entry.id = standing.cache_entry
    CROSS JOIN json_each(cache_entry.output) AS field
    WHERE step.position >= 0 AND step.perspective IS NOT NULL
      AND standing.planned = 1 AND standing.status = 'accepted' AND lower(field.type) NOT IN ('object', 'array')
),
-- Attempts that the same answers of judges were used for are one item.
judged AS (
    SELECT DISTINCT
        step.name AS step,
        (SELECT group_concat(one.response) FROM (
            SELECT other.response FROM verdict AS other WHERE other.attempt = attempt.id ORDER BY other.response
        ) AS one) AS item,
        verdict.judge,
        verdict.verdict,
        verdict.score,
        verdict.scores,
        standing.variant,
        standing.repeat
    FROM verdict
    JOIN attempt ON attempt.id = verdict.attempt
    JOIN standing ON standing.work_item = attempt.work_item
    JOIN step ON step.id = standing.step
    -- With one judge in all, there is nothing to look for.
    WHERE (SELECT min(every.judge) < max(every.judge) FROM verdict AS every)
      AND verdict.verdict IS NOT NULL
      AND EXISTS (SELECT 1 FROM verdict AS other
                  WHERE other.attempt = verdict.attempt AND other.judge <> verdict.judge AND other.verdict IS NOT NULL)
      AND step.position >= 0 AND standing.planned = 1 AND attempt.cache_id = standing.cache_id
      AND attempt.sample - coalesce(attempt.candidate, 1) + 1 = standing.sample
      AND (standing.last_attempt IS attempt.id OR coalesce(attempt.round, 0) >= coalesce(standing.round, 0))
),
-- Decisions that are in force, with what they were made on.
decided AS (
    SELECT
        step.name AS step,
        decision.looked_at AS attempt,
        CASE decision.kind WHEN 'accept' THEN 'PASS' ELSE 'FAIL' END AS verdict,
        standing.variant,
        standing.repeat
    FROM decision
    JOIN attempt ON attempt.id = decision.attempt
    JOIN standing ON standing.work_item = attempt.work_item
        AND standing.planned = 1 AND standing.last_attempt = attempt.id
    JOIN step ON step.id = standing.step
    WHERE step.position >= 0 AND decision.looked_at IS NOT NULL
),
-- Each judge, and what follows from all where there are several.
beside AS (
    SELECT decided.step, decided.attempt, decided.verdict AS decision, verdict.judge, verdict.verdict,
        decided.variant, decided.repeat
    FROM decided JOIN verdict ON verdict.attempt = decided.attempt
    WHERE verdict.verdict IS NOT NULL
    UNION ALL
    SELECT decided.step, decided.attempt, decided.verdict, '(all judges)', attempt.verdict,
        decided.variant, decided.repeat
    FROM decided JOIN attempt ON attempt.id = decided.attempt
    WHERE attempt.verdict IS NOT NULL
      AND (SELECT count(DISTINCT verdict.judge) FROM verdict WHERE verdict.attempt = attempt.id) > 1
)
SELECT
    rating.kind, rating.step, rating.field, rating.judge, rating.item, rating.rater, rating.value, rating.number,
    CAST(variant.name AS TEXT) AS variant,
    rating.repeat
FROM (
    SELECT
        CAST('readers' AS TEXT) AS kind,
        CAST(step AS TEXT) AS step,
        CAST(field AS TEXT) AS field,
        CAST(NULL AS TEXT) AS judge,
        CAST(item AS TEXT) AS item,
        CAST(perspective AS TEXT) AS rater,
        CAST(CASE
            WHEN place IS NULL AND type IN ('true', 'false', 'null') THEN type
            WHEN place IS NULL THEN CAST(value AS TEXT)
            WHEN substr(CAST(output -> place AS TEXT), 1, 1) = '"' THEN output ->> place
            ELSE CAST(output -> place AS TEXT)
        END AS TEXT) AS value,
        CAST(CASE WHEN type IN ('integer', 'real') THEN value END AS REAL) AS number,
        CAST(variant AS BIGINT) AS variant,
        CAST(repeat AS BIGINT) AS repeat
    FROM held
    UNION ALL
    SELECT 'judges', step, 'verdict', NULL, item, judge, verdict, NULL, variant, repeat FROM judged
    UNION ALL
    SELECT 'judges', step, 'score', NULL, item, judge, CAST(score AS TEXT), CAST(score AS REAL), variant, repeat
    FROM judged
    UNION ALL
    SELECT 'judges', step, 'score.' || given.key, NULL, item, judge, CAST(given.value AS TEXT),
        CAST(given.value AS REAL), variant, repeat
    FROM judged CROSS JOIN json_each(judged.scores) AS given
    UNION ALL
    SELECT 'people', step, 'verdict', judge, CAST(attempt AS TEXT), '(people)', decision, NULL, variant, repeat
    FROM beside
    UNION ALL
    SELECT 'people', step, 'verdict', judge, CAST(attempt AS TEXT), judge, verdict, NULL, variant, repeat FROM beside
) AS rating
JOIN variant ON variant.id = rating.variant;

-- One row per group of raters, thing that they rate and variant: how far they agree. Repeats of an item are items of their
-- own, and items with one rating are left out. `agreed` is
-- how many items all raters of it agree on; `cohen_kappa` is for two raters, `fleiss_kappa` for more where all rated each
-- item; `alpha` is Krippendorff's, of numbers (`level` is `interval`) or of labels (`nominal`). What is undefined is NULL.
CREATE VIEW agreement_figures AS
WITH rating AS MATERIALIZED (
    SELECT variant, kind, step, field, judge, item, rater, value, number
    FROM (
        SELECT variant, kind, step, field, coalesce(judge, '') AS judge, repeat || ' ' || item AS item, rater, value, number,
            count(*) OVER (PARTITION BY variant, kind, step, field, judge, repeat, item) AS ratings
        FROM ratings
    )
    WHERE ratings > 1
),
labelled AS (
    SELECT variant, kind, step, field, judge, item, value,
        count(*) AS n, count(number) AS numbers, total(number) AS sum, total(number * number) AS squares
    FROM rating
    GROUP BY variant, kind, step, field, judge, item, value
),
unit AS (
    SELECT variant, kind, step, field, judge, item,
        sum(n) AS n, count(*) AS labels, total(1.0 * n * n) AS same,
        sum(numbers) AS numbers, total(sum) AS sum, total(squares) AS squares
    FROM labelled
    GROUP BY variant, kind, step, field, judge, item
),
seen AS (
    SELECT variant, kind, step, field, judge,
        count(*) AS items, sum(n) AS n, sum(labels = 1) AS agreed, min(n) AS least, max(n) AS most,
        total((same - n) / (n * (n - 1.0))) AS pairs,
        total((1.0 * n * n - same) / (n - 1)) AS apart,
        sum(numbers) AS numbers, total(sum) AS sum, total(squares) AS squares,
        total(2.0 * (n * squares - sum * sum) / (n - 1)) AS distance
    FROM unit
    GROUP BY variant, kind, step, field, judge
),
voice AS MATERIALIZED (
    SELECT variant, kind, step, field, judge, rater, value, count(*) AS n
    FROM rating
    GROUP BY variant, kind, step, field, judge, rater, value
),
label AS (
    SELECT variant, kind, step, field, judge, value, sum(n) AS n FROM voice GROUP BY variant, kind, step, field, judge, value
),
-- What all ratings together, and the ratings of two raters, would have in common by chance.
common AS (
    SELECT variant, kind, step, field, judge, total(1.0 * n * n) AS same, max(length(value)) AS longest
    FROM label
    GROUP BY variant, kind, step, field, judge
),
crossed AS (
    SELECT one.variant, one.kind, one.step, one.field, one.judge, total(1.0 * one.n * other.n) AS same
    FROM voice AS one
    JOIN voice AS other ON other.variant = one.variant AND other.kind = one.kind AND other.step = one.step
        AND other.field = one.field AND other.judge = one.judge AND other.value = one.value AND other.rater > one.rater
    GROUP BY one.variant, one.kind, one.step, one.field, one.judge
),
raters AS (
    SELECT variant, kind, step, field, judge, count(*) AS n, json_group_array(rater) AS names
    FROM (SELECT DISTINCT variant, kind, step, field, judge, rater FROM voice ORDER BY rater)
    GROUP BY variant, kind, step, field, judge
),
figure AS (
    SELECT seen.*, raters.n AS raters, raters.names, common.same, common.longest,
        1.0 * seen.agreed / seen.items AS agreement,
        coalesce(crossed.same, 0.0) / (1.0 * seen.items * seen.items) AS by_chance,
        common.same / (1.0 * seen.n * seen.n) AS by_chance_of_all
    FROM seen
    JOIN raters USING (variant, kind, step, field, judge)
    JOIN common USING (variant, kind, step, field, judge)
    LEFT JOIN crossed USING (variant, kind, step, field, judge)
)
SELECT
    CAST(kind AS TEXT) AS kind,
    CAST(step AS TEXT) AS step,
    CAST(field AS TEXT) AS field,
    CAST(nullif(judge, '') AS TEXT) AS judge,
    CAST(names AS TEXT) AS raters,
    CAST(items AS BIGINT) AS items,
    CAST(n AS BIGINT) AS ratings,
    CAST(agreed AS BIGINT) AS agreed,
    CAST(agreement AS REAL) AS agreement,
    CAST(CASE WHEN raters = 2 THEN (agreement - by_chance) / nullif(1.0 - by_chance, 0.0) END AS REAL) AS cohen_kappa,
    CAST(CASE WHEN raters > 2 AND least = most
        THEN (pairs / items - by_chance_of_all) / nullif(1.0 - by_chance_of_all, 0.0)
    END AS REAL) AS fleiss_kappa,
    CAST(CASE WHEN numbers = n THEN 1.0 - (n - 1) * distance / nullif(2.0 * (n * squares - sum * sum), 0.0)
        ELSE 1.0 - (n - 1) * apart / nullif(1.0 * n * n - same, 0.0)
    END AS REAL) AS alpha,
    CAST(CASE WHEN numbers = n THEN 'interval' ELSE 'nominal' END AS TEXT) AS level,
    CAST(longest AS BIGINT) AS longest,
    CAST(variant AS TEXT) AS variant
FROM figure
ORDER BY kind = 'people', kind = 'judges', step, field, judge, variant;

-- Where each work item stands with people's decisions left aside: `model_entry` is the accepted output that the model itself
-- came to in the task of now, also where a person decided on it since. Evaluations read it.
CREATE VIEW model_standing AS
SELECT
    standing.*,
    decision.id IS NOT NULL AS is_decided,
    CASE WHEN decision.id IS NULL THEN standing.cache_entry ELSE (
        SELECT max(entry.id)
        FROM attempt AS own
        CROSS JOIN cache_entry AS entry ON entry.work_item = own.work_item AND entry.attempt = own.id
        WHERE own.work_item = standing.work_item AND own.cache_id = standing.cache_id AND own.outcome = 'accepted'
          AND own.sample - coalesce(own.candidate, 1) + 1 = standing.sample AND own.id < standing.last_attempt
          AND own.round IS (
              SELECT newest.round FROM attempt AS newest
              WHERE newest.work_item = standing.work_item AND newest.cache_id = standing.cache_id
                AND newest.outcome <> 'human_accepted' AND newest.outcome <> 'human_rejected'
                AND newest.sample - coalesce(newest.candidate, 1) + 1 = standing.sample
                AND newest.id < standing.last_attempt
              ORDER BY newest.id DESC LIMIT 1
          )
    ) END AS model_entry
FROM standing
LEFT JOIN decision ON decision.attempt = standing.last_attempt;

-- One row per line of the documents that were last planned from, and of the knowledge beside them: without its end. A
-- document's `role` is input or knowledge, and `knowledge` the name of the latter's collection.
CREATE VIEW lines AS
SELECT
    document.name AS document,
    line.number AS line,
    line.text,
    line.page,
    dataset.role,
    CASE dataset.role WHEN 'knowledge' THEN dataset.name END AS knowledge,
    document.number AS document_number
FROM dataset
JOIN document ON document.dataset = dataset.id
JOIN line ON line.document_text = document.document_text
WHERE dataset.id = (SELECT plan.dataset FROM plan ORDER BY plan.id DESC LIMIT 1)
   OR dataset.role = 'knowledge' AND dataset.id IN (
    SELECT CAST(manifest.outputs ->> '$.dataset' AS BIGINT) FROM manifest
    WHERE manifest.stage = 'ingest' AND (manifest.status = 'done' OR manifest.status = 'reused')
      AND manifest.invocation = (
        SELECT max(latest.invocation) FROM manifest AS latest
        WHERE latest.stage = 'ingest' AND (latest.status = 'done' OR latest.status = 'reused')
          AND latest.inputs ->> '$.knowledge' IS NULL)
      AND manifest.inputs ->> '$.knowledge' IS NOT NULL
   )
ORDER BY dataset.role, dataset.name, document.number, line.number;

-- One row per claim of the last attempt of each planned work item: lines are those of the document, `text` what stands
-- there. Claims of rejected work items are here too (`item_status`).
CREATE VIEW evidence AS
SELECT
    work_item.work_id,
    document.name AS document,
    CAST(input_row.line - 1 + claim.line_start AS BIGINT) AS line_start,
    CAST(input_row.line - 1 + claim.line_end AS BIGINT) AS line_end,
    claim.quote,
    claim.status,
    CAST((
        -- Of one blank line, this `group_concat` makes NULL.
        SELECT coalesce(group_concat(there.text, char(10)) OVER (
            ORDER BY there.number ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), '')
        FROM line AS there
        WHERE there.document_text = document.document_text
          AND there.number BETWEEN input_row.line - 1 + claim.line_start AND input_row.line - 1 + claim.line_end
        LIMIT 1
    ) AS TEXT) AS text,
    claim.path,
    claim.number,
    step.name AS step,
    standing.status AS item_status,
    CAST(input_row.line - 1 + claim.cited_start AS BIGINT) AS cited_start,
    CAST(input_row.line - 1 + claim.cited_end AS BIGINT) AS cited_end,
    input_row.row_index,
    variant.name AS variant,
    standing.repeat,
    step.perspective
FROM standing
JOIN work_item ON work_item.id = standing.work_item
JOIN step ON step.id = standing.step
JOIN variant ON variant.id = standing.variant
JOIN claim ON claim.attempt = standing.last_attempt
JOIN input_row ON input_row.id = standing.input_row
JOIN document ON document.id = input_row.document
WHERE standing.planned = 1
  AND (standing.status = 'accepted' OR standing.status = 'rejected' OR standing.status = 'failed')
ORDER BY step.position, standing.position, standing.path, work_item.work_id, standing.variant, standing.repeat, claim.number;

-- One row per decision of a person, in the order in which they were made, with the variant and the repeat in which it
-- counts. `in_force` is 0 where another decision, a retry or a change of the task came after it.
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
    CAST(EXISTS (
        SELECT 1 FROM standing
        WHERE standing.work_item = work_item.id AND standing.planned = 1 AND standing.last_attempt = attempt.id
    ) AS BIGINT) AS in_force,
    input_row.row_index,
    row_group.group_key,
    task.task_id,
    decision.decided_at,
    step.perspective,
    variant.name AS variant,
    decision.repeat
FROM decision
JOIN attempt ON attempt.id = decision.attempt
JOIN work_item ON work_item.id = attempt.work_item
JOIN variant ON variant.id = decision.variant
JOIN standing ON standing.work_item = work_item.id AND standing.variant = decision.variant
    AND standing.repeat = decision.repeat
JOIN step ON step.id = work_item.step
JOIN task ON task.id = attempt.task
LEFT JOIN attempt AS looked_at ON looked_at.id = decision.looked_at
LEFT JOIN cache_entry ON cache_entry.id = coalesce(
    CASE WHEN standing.last_attempt = attempt.id THEN standing.cache_entry END,
    (SELECT max(latest.id) FROM cache_entry AS latest
     WHERE latest.work_item = attempt.work_item AND latest.attempt = attempt.id)
)
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
ORDER BY decision.id;

-- One row per accepted output that ever was, with the configuration it belongs to.
CREATE VIEW history AS
SELECT
    work_item.work_id,
    step.name AS step,
    cache_entry.output,
    attempt.verdict,
    attempt.score,
    CAST(coalesce(response.model, spec.model) AS TEXT) AS model,
    attempt.number AS attempt,
    attempt.cache_id,
    task.task_id,
    config.config_id,
    attempt.decided_at AS created_at,
    CAST(EXISTS (
        SELECT 1 FROM standing
        WHERE standing.work_item = work_item.id AND standing.planned = 1 AND standing.cache_entry = cache_entry.id
    ) AS BIGINT) AS current,
    CAST('human:' || decision.decided_by AS TEXT) AS decided_by,
    step.perspective
FROM cache_entry
JOIN attempt ON attempt.id = cache_entry.attempt
JOIN work_item ON work_item.id = cache_entry.work_item
JOIN step ON step.id = work_item.step
JOIN task ON task.id = attempt.task
JOIN invocation ON invocation.id = attempt.invocation
LEFT JOIN config ON config.id = invocation.config
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
LEFT JOIN decision ON decision.attempt = attempt.id;
