//! A small run file in memory for tests: three rows, one accepted after a retry, one failed, one pending. Two calls are
//! lost. Rowids of different tables differ, so that one cannot pass for another.

use rusqlite::{Connection, Transaction};

use crate::record::{ColumnKind, ColumnType};
use crate::store::{FIXED, MoreColumns, ResultsColumns, ResultsField, create_results_view, scratch};

/// The ids of the fixture's work items.
pub(crate) const WORK_IDS: [&str; 3] = [
    "aa11111111111111111111111111111111111111",
    "aa22222222222222222222222222222222222222",
    "bb33333333333333333333333333333333333333",
];

/// Fills a migrated run file.
pub(crate) fn fill(connection: &mut Connection) {
    let tx = connection.transaction().unwrap();
    fill_plan(&tx);
    fill_history(&tx);
    let input = ["id", "note"].map(|name| (name.to_owned(), ColumnKind::Untyped));
    let fixed: Vec<String> = FIXED.iter().map(|it| it.0.to_owned()).collect();
    let fields = [ResultsField { name: "a".to_owned(), field: "a".to_owned(), kind: ColumnType::Integer }];
    create_results_view(
        &tx,
        1,
        ResultsColumns { input: &input, fixed: &fixed, more: MoreColumns::default(), fields: &fields },
    )
    .unwrap();
    tx.commit().unwrap();
}

/// What the stages before generation record, and the requests.
fn fill_plan(tx: &Transaction<'_>) {
    tx.execute_batch(
        r#"
        INSERT INTO config VALUES (1, 'c1', '{"config": {"run": {"name": "tickets"}}}', '2026-01-01T00:00:00Z');
        INSERT INTO invocation VALUES (1, 'u1', 'run', '0.1.0', 42, 1, 'interrupted', NULL, '2026-01-01T00:00:00Z',
            '2026-01-01T00:00:09Z');
        INSERT INTO step VALUES (1, 'generate', NULL, 1, 1, 1, 1);
        INSERT INTO text VALUES (1, 't1', '{"type": "object"}'), (2, 't2', 'You are careful.');
        INSERT INTO dataset VALUES (1, 'd1', 'input', 'tickets.csv', 'csv', 's1', 10, '["id", "note"]', '[null, null]', 'id', 3,
            '2026-01-01T00:00:00Z');
        INSERT INTO input_row (id, dataset, row_id, row_index, line, fields) VALUES (1, 1, 'r1', 0, 2, '["1", "first"]'), (2, 1, 'r2', 1, 3, '["2", "se\u001b[31mcond"]'),
            (3, 1, 'r3', 2, 4, '["3", "third"]');
        INSERT INTO manifest VALUES (1, 1, 'contract', NULL, 'done', NULL, '{}', '{"schema_text": 1}', '{}', NULL,
            '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z');
        INSERT INTO manifest VALUES (2, 1, 'ingest', NULL, 'done', NULL, '{}', '{}', '{"rows": 3}', NULL,
            '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z');
        INSERT INTO manifest VALUES (3, 1, 'ingest', NULL, 'reused', 2, '{}', '{}', '{"rows": 3}', NULL,
            '2026-01-01T00:00:02Z', '2026-01-01T00:00:02Z');
        INSERT INTO manifest VALUES (4, 1, 'generate', 1, 'interrupted', NULL, '{}', '{}', '{"accepted": 1}', NULL,
            '2026-01-01T00:00:02Z', '2026-01-01T00:00:09Z');
        INSERT INTO anomaly VALUES (1, 2, 'equal_rows', 'row 2', 'a' || char(27) || 'b'), (2, 2, 'equal_rows', 'row 3', 'c');
        INSERT INTO task VALUES (1, 'k1', 1, '{}', '2026-01-01T00:00:00Z');
        INSERT INTO spec VALUES (1, 'p1', 'sample', 'sample', '{}');
        INSERT INTO request VALUES (1, 'q1', 1, 1, NULL, NULL,
            '[{"role": "system", "parts": [{"text": 2}]}, {"role": "user", "parts": ["say ", "first"]}]');
        INSERT INTO request VALUES (2, 'q2', 1, 1, NULL, NULL, '[{"role": "user", "parts": ["again"]}]');
        INSERT INTO request VALUES (3, 'q3', 1, 1, NULL, NULL, '[{"role": "user", "parts": ["judge it"]}]');
        "#,
    )
    .unwrap();
    for (index, (id, status)) in WORK_IDS.iter().zip(["pending", "failed", "pending"]).enumerate() {
        let row = i64::try_from(index).unwrap() + 1;
        tx.execute("INSERT INTO work_item VALUES (?1, ?2, 1, 'row', ?1, NULL)", rusqlite::params![row, id]).unwrap();
        tx.execute(
            "INSERT INTO standing (id, work_item, variant, repeat, step, planned, input_row, position, task, cache_id,
                                   sample, status, attempts, open_sources, handed_on)
             VALUES (?1 + 10, ?1, 1, 1, 1, 1, ?1, ?1 - 1, 1, 'h' || ?1, 1, ?2, 0, 0, 0)",
            rusqlite::params![row, status],
        )
        .unwrap();
    }
}

/// Calls, responses, attempts and their outcomes.
fn fill_history(tx: &Transaction<'_>) {
    tx.execute_batch(
        r#"
        INSERT INTO call (id, request, work_item, invocation, is_judge, started_at) VALUES
            (1, 1, 1, 1, 0, '2026-01-01T00:00:03Z'), (2, 2, 1, 1, 0, '2026-01-01T00:00:04Z'),
            (3, 3, 1, 1, 1, '2026-01-01T00:00:05Z'), (4, 1, 2, 1, 0, '2026-01-01T00:00:06Z'),
            (5, 1, 3, 1, 0, '2026-01-01T00:00:07Z'), (6, 2, 3, 1, 0, '2026-01-01T00:00:08Z');
        INSERT INTO response (id, call, invocation, duration_ms, answer, finish, input_tokens) VALUES
            (11, 1, 1, 10, 'no object', 'stop', 5), (12, 2, 1, 20, '{"a": 1}', 'stop', 7),
            (13, 3, 1, 20, '{"verdict": "PASS"}', 'stop', 7);
        INSERT INTO response (id, call, invocation, error_kind, error) VALUES
            (14, 4, 1, 'timeout', 'no answer in 60 s');
        INSERT INTO spending VALUES (1, 6, 0, 0, 0, 6, 5);
        INSERT INTO attempt (id, work_item, task, invocation, cache_id, sample, number, outcome, detail, request,
            response, verdict, score, reasons, decided_at) VALUES
            (1, 1, 1, 1, 'h1', 1, 1, 'no_json', 'the answer has no JSON object', 1, 11, NULL, NULL, NULL, 't'),
            (2, 1, 1, 1, 'h1', 1, 2, 'accepted', NULL, 2, 12, 'PASS', 90, '["fine"]', 't'),
            (3, 2, 1, 1, 'h2', 1, 1, 'timeout', 'no answer in 60 s', 1, 14, NULL, NULL, NULL, 't');
        INSERT INTO verdict VALUES (1, 2, 1, 'judge', 13, 'PASS', 90, NULL, '["fine"]');
        INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (1, 1, 2, '{"a": 1}');
        UPDATE standing SET status = 'accepted', attempts = 2, last_attempt = 2, cache_entry = 1 WHERE work_item = 1;
        UPDATE standing SET attempts = 1, last_attempt = 3 WHERE work_item = 2;
        "#,
    )
    .unwrap();
}

pub(crate) fn run_file() -> Connection {
    let mut connection = scratch();
    fill(&mut connection);
    connection
}
