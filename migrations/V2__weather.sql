-- Prices, pace and pictures: what a call cost and may cost, how fast was asked and why, and the images that were shown.

PRAGMA user_version = 2;

-- ---------------------------------------------------------------- money

ALTER TABLE call ADD COLUMN cache_write_tokens INTEGER; -- of the input: written to the provider's cache
ALTER TABLE call ADD COLUMN service_tier TEXT;          -- as the provider says it served the call
ALTER TABLE call ADD COLUMN reserved_usd REAL;          -- the most it can cost, known before it was sent

-- ---------------------------------------------------------------- pace

-- Each change of how fast requests go out, with why.
CREATE TABLE pace (
    id                   INTEGER PRIMARY KEY,
    invocation           INTEGER NOT NULL REFERENCES invocation (id),
    changed_at           TEXT NOT NULL,
    reason               TEXT NOT NULL,
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

-- ---------------------------------------------------------------- views

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
            OR outcome = ''many_records'' OR outcome = ''render_error'' OR outcome = ''timeout''
            OR outcome = ''connection'' OR outcome = ''rate_limited'' OR outcome = ''server_error''
            OR outcome = ''bad_request'' OR outcome = ''invalid_response'')')
WHERE type = 'table' AND name = 'attempt';
PRAGMA writable_schema = RESET;
