-- Prices, pace and pictures: what a call cost and may cost, how fast was asked and why, and the images that were shown.

PRAGMA user_version = 2;

-- ---------------------------------------------------------------- money

ALTER TABLE call ADD COLUMN cache_write_tokens INTEGER; -- of the input: written to the provider's cache
ALTER TABLE call ADD COLUMN service_tier TEXT;          -- as the provider says it served the call
ALTER TABLE call ADD COLUMN reserved_usd REAL;          -- the most it can cost, known before it was sent

-- What each invocation has spent, kept with every commit, so that nobody has to add up all calls to go on. A call counts
-- as what it cost, or else as what was set aside for it (reserved_usd); `unpriced_calls` have neither.
CREATE TABLE spending (
    invocation      INTEGER PRIMARY KEY REFERENCES invocation (id),
    calls           INTEGER NOT NULL CHECK (calls >= 0),
    spent_pico_usd  INTEGER NOT NULL CHECK (spent_pico_usd >= 0), -- in 10^-12 dollars, which add up exactly
    unpriced_calls  INTEGER NOT NULL CHECK (unpriced_calls >= 0)
) STRICT;
CREATE TRIGGER spending_no_delete BEFORE DELETE ON spending BEGIN SELECT RAISE(ABORT, 'spending is kept'); END;

INSERT INTO spending (invocation, calls, spent_pico_usd, unpriced_calls)
SELECT invocation, count(*), CAST(round(total(cost_usd) * 1e12) AS INTEGER), sum(cost_usd IS NULL)
FROM call GROUP BY invocation;

-- ---------------------------------------------------------------- pace

-- Each change of how fast requests go out to an endpoint, with why.
CREATE TABLE pace (
    id                   INTEGER PRIMARY KEY,
    invocation           INTEGER NOT NULL REFERENCES invocation (id),
    model                TEXT NOT NULL, -- who is asked
    changed_at           TEXT NOT NULL,
    reason               TEXT NOT NULL CHECK (reason IN ('growth', 'limits', 'wait', 'rate_limited', 'start')),
    concurrency          INTEGER NOT NULL CHECK (concurrency >= 0),
    requests_per_minute  REAL,
    tokens_per_minute    REAL,
    detail               TEXT
) STRICT;
CREATE INDEX pace_invocation ON pace (invocation);

CREATE TRIGGER pace_no_update BEFORE UPDATE ON pace BEGIN SELECT RAISE(ABORT, 'changes of pace are append-only'); END;
CREATE TRIGGER pace_no_delete BEFORE DELETE ON pace BEGIN SELECT RAISE(ABORT, 'changes of pace are append-only'); END;
CREATE TRIGGER pace_no_replace BEFORE INSERT ON pace WHEN EXISTS (SELECT 1 FROM pace WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'changes of pace are append-only'); END;

-- ---------------------------------------------------------------- images

-- Pictures that requests show, each once.
CREATE TABLE image (
    id          INTEGER PRIMARY KEY,
    sha1        TEXT NOT NULL UNIQUE,
    media_type  TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    data        BLOB NOT NULL
) STRICT;

CREATE TRIGGER image_no_update BEFORE UPDATE ON image BEGIN SELECT RAISE(ABORT, 'images are append-only'); END;
CREATE TRIGGER image_no_delete BEFORE DELETE ON image BEGIN SELECT RAISE(ABORT, 'images are append-only'); END;
CREATE TRIGGER image_no_replace BEFORE INSERT ON image WHEN EXISTS (SELECT 1 FROM image WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'images are append-only'); END;

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

CREATE TRIGGER image_file_no_update BEFORE UPDATE ON image_file
BEGIN SELECT RAISE(ABORT, 'image files are append-only'); END;
CREATE TRIGGER image_file_no_delete BEFORE DELETE ON image_file
BEGIN SELECT RAISE(ABORT, 'image files are append-only'); END;
CREATE TRIGGER image_file_no_replace BEFORE INSERT ON image_file WHEN EXISTS (SELECT 1 FROM image_file WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'image files are append-only'); END;

-- {"generation": […], "judge": […]}, each image as {"media_type", "sha1"}, {"url"} or {"problem"}; NULL where none is
-- shown. It is part of what makes the exact task.
ALTER TABLE work_item ADD COLUMN images TEXT CHECK (images IS NULL OR json_valid(images));

-- ---------------------------------------------------------------- views

DROP VIEW messages;
-- One row per message of a request, with its text exactly as it was sent; a line stands for each image before it.
CREATE VIEW messages AS
SELECT
    request.request_id,
    message.key + 1 AS number,
    message.value ->> 'role' AS role,
    (
        SELECT group_concat(piece, '') FROM (
            SELECT CASE
                WHEN part.type <> 'object' THEN part.value
                WHEN part.value ->> 'image' IS NOT NULL THEN printf(
                    '[image %d: %s, %,d bytes, sha1 %s]', part.key + 1, image.media_type, image.bytes, image.sha1
                ) || char(10)
                WHEN part.value ->> 'image_url' IS NOT NULL THEN printf(
                    '[image %d: %s]', part.key + 1, part.value ->> 'image_url'
                ) || char(10)
                ELSE text.body
            END AS piece
            FROM json_each(message.value, '$.parts') AS part
            LEFT JOIN text ON text.id = CASE part.type WHEN 'object' THEN part.value ->> 'text' END
            LEFT JOIN image ON image.sha1 = CASE part.type WHEN 'object' THEN part.value ->> 'image' END
            ORDER BY part.key
        )
    ) AS content
FROM request, json_each(request.messages) AS message;

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

DROP VIEW calls;
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
    call.cache_write_tokens,
    call.reasoning_tokens,
    call.service_tier,
    call.cost_usd,
    call.reserved_usd,
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

DROP VIEW costs;
-- One row per step and model. `cost_usd` sums what is known; `unpriced_calls` counts the calls whose cost is not, and
-- `reserved_usd` is the most that those of them can have cost for which that is known. `saved_usd` is what answers that
-- were used more than once would have cost.
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
LEFT JOIN used ON used.id = call.id
GROUP BY step.name, coalesce(call.model, spec.model);

-- ---------------------------------------------------------------- checks that are made for every item
--
-- SQLite builds a table in memory for `x IN (…)` of three values and more, each time a statement makes the check. The
-- same words compared one after the other cost next to nothing. The rows are as they were, so only the text of the
-- schema changes, as "Making Other Kinds Of Table Schema Changes" at https://sqlite.org/lang_altertable.html says.

PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(replace(sql,
        'CHECK (source_kind IN (''row'', ''group'', ''output'', ''element'', ''join'', ''document''))',
        'CHECK (source_kind = ''row'' OR source_kind = ''group'' OR source_kind = ''output''
            OR source_kind = ''element'' OR source_kind = ''join'' OR source_kind = ''document'')'),
        'CHECK (status IN (''pending'', ''accepted'', ''rejected'', ''failed'', ''skipped'', ''blocked''))',
        'CHECK (status = ''pending'' OR status = ''accepted'' OR status = ''rejected'' OR status = ''failed''
            OR status = ''skipped'' OR status = ''blocked'')')
WHERE type = 'table' AND name = 'work_item';
UPDATE sqlite_schema SET sql = replace(replace(sql,
        'CHECK (outcome IN (''in_flight'', ''answered'', ''failed'', ''lost''))',
        'CHECK (outcome = ''in_flight'' OR outcome = ''answered'' OR outcome = ''failed'' OR outcome = ''lost'')'),
        'CHECK (finish IN (''stop'', ''length'', ''refusal'', ''content_filter''))',
        'CHECK (finish = ''stop'' OR finish = ''length'' OR finish = ''refusal'' OR finish = ''content_filter'')')
WHERE type = 'table' AND name = 'call';
UPDATE sqlite_schema SET sql = replace(sql,
        'CHECK (outcome IN (''accepted'', ''empty'', ''no_json'', ''many_json'', ''invalid_json'',
                    ''invalid_schema'', ''check_failed'', ''judge_failed'', ''judge_invalid'', ''truncated'', ''refused'',
                    ''content_filter'', ''no_record'', ''many_records'', ''render_error'', ''timeout'', ''connection'',
                    ''rate_limited'', ''server_error'', ''bad_request'', ''invalid_response''))',
        'CHECK (outcome = ''accepted'' OR outcome = ''empty'' OR outcome = ''no_json'' OR outcome = ''many_json''
            OR outcome = ''invalid_json'' OR outcome = ''invalid_schema'' OR outcome = ''check_failed''
            OR outcome = ''judge_failed'' OR outcome = ''judge_invalid'' OR outcome = ''truncated''
            OR outcome = ''refused'' OR outcome = ''content_filter'' OR outcome = ''no_record''
            OR outcome = ''many_records'' OR outcome = ''render_error'' OR outcome = ''image_error'' OR outcome = ''timeout''
            OR outcome = ''connection'' OR outcome = ''rate_limited'' OR outcome = ''server_error''
            OR outcome = ''bad_request'' OR outcome = ''invalid_response'')')
WHERE type = 'table' AND name = 'attempt';
PRAGMA writable_schema = RESET;
