//! What a decision records, and what it is about.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{Contracts, Decision, Ruling, decide};
use crate::record::{VariantAt, WorkStatus};
use crate::store::scratch;

/// A work item of a step that takes from another one: its one attempt was rejected by the judge.
const REJECTED: &str = r#"
INSERT INTO invocation VALUES (1, 'u1', 'run', '0', 1, NULL, 'done', NULL, 't1', 't1'),
    (2, 'u2', 'review', '0', 1, NULL, 'running', NULL, 't2', NULL);
INSERT INTO step VALUES (1, 'a', NULL, 1, 1, 1, 1), (2, 'b', NULL, 2, 1, 1, 2);
INSERT INTO task VALUES (1, 'k1', 1, '{}', 't1'), (2, 'k2', 2, '{"schema": {"closed": {"type": "object",
    "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": false}}}', 't1');
INSERT INTO work_item VALUES (1, 'aa', 1, 'group', NULL, '["group", "r"]'), (2, 'bb', 2, 'output', NULL, '["output", "aa"]');
INSERT INTO round VALUES (1, 1, 1, 'retry', 'generate', 0, NULL, '{}', 't1');
INSERT INTO attempt (id, work_item, task, invocation, round, cache_id, sample, number, outcome, output, decided_at) VALUES
    (1, 1, 1, 1, NULL, 'v', 1, 1, 'accepted', NULL, 't1'), (2, 2, 2, 1, 1, 'w', 2, 1, 'judge_failed', '{"n":1}', 't1');
INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (1, 1, 1, '{}');
INSERT INTO attempt_input VALUES (2, 1, 1);
INSERT INTO standing (id, work_item, variant, repeat, step, planned, position, task, cache_id, round, sample, status,
                      attempts, last_attempt, cache_entry, open_sources, handed_on) VALUES
    (7, 1, 1, 1, 1, 1, 0, 1, 'v', NULL, 1, 'accepted', 1, 1, 1, 0, 1),
    (8, 2, 1, 1, 2, 1, 0, 2, 'w', 1, 2, 'rejected', 1, 2, NULL, 0, 1);
INSERT INTO edge VALUES (1, 8, 7, 1, 0);
"#;

fn record(more: &str) -> Connection {
    let connection = scratch();
    connection.execute_batch(REJECTED).unwrap();
    connection.execute_batch(more).unwrap();
    connection
}

fn ruled(connection: &mut Connection, ruling: Ruling) -> WorkStatus {
    let decision = Decision { ruling, reason: "because".to_owned(), by: "Ada".to_owned() };
    let tx = connection.transaction().unwrap();
    let status = decide(&tx, &mut Contracts::default(), 2, (2, VariantAt::BASE), &decision, "t2").unwrap();
    tx.commit().unwrap();
    status
}

/// The newest attempt with what it was made from and what it led to.
fn newest(connection: &Connection) -> Value {
    let sql = "SELECT json_array(outcome, round, sample, number, output,
                   (SELECT json_group_array(cache_entry) FROM attempt_input WHERE attempt = attempt.id),
                   (SELECT output FROM cache_entry WHERE cache_entry.attempt = attempt.id), decision.looked_at)
               FROM attempt JOIN decision ON decision.attempt = attempt.id ORDER BY attempt.id DESC LIMIT 1";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_decision_is_made_from_what_the_attempt_was_made_from() {
    let mut connection = record("UPDATE standing SET cache_entry = NULL, status = 'pending' WHERE id = 7");
    assert_eq!(ruled(&mut connection, Ruling::Accept), WorkStatus::Accepted);
    assert_eq!(newest(&connection), json!(["human_accepted", 1, 2, 2, null, "[1]", "{\"n\":1}", 2]));
    assert_eq!(ruled(&mut connection, Ruling::Reject), WorkStatus::Rejected);
    assert_eq!(newest(&connection).as_array().unwrap()[4..], *json!(["{\"n\":1}", "[1]", null, 3]).as_array().unwrap());
}

#[test]
fn an_output_that_is_written_from_scratch_is_made_from_what_is_there_now() {
    let mut connection = record(
        "INSERT INTO attempt (work_item, task, invocation, round, cache_id, sample, number, outcome, decided_at)
             VALUES (2, 2, 1, 1, 'x', 2, 1, 'no_json', 't1');
         UPDATE standing SET cache_id = 'x', status = 'failed', last_attempt = 3 WHERE id = 8",
    );
    assert_eq!(ruled(&mut connection, Ruling::Edit(json!({"n": 5}))), WorkStatus::Accepted);
    assert_eq!(newest(&connection), json!(["human_accepted", 1, 2, 2, null, "[1]", "{\"n\":5}", null]));
}

#[test]
fn what_a_decision_was_about_can_be_decided_on_after_a_clean() {
    let mut connection = record("");
    ruled(&mut connection, Ruling::Reject);
    connection
        .execute_batch(
            "INSERT INTO round VALUES (2, 2, 1, 'clean', 'generate', 0, NULL, '{}', 't2');
             UPDATE standing SET round = 2 WHERE id = 8",
        )
        .unwrap();
    assert_eq!(ruled(&mut connection, Ruling::Accept), WorkStatus::Accepted);
    assert_eq!(newest(&connection).as_array().unwrap()[6..], *json!(["{\"n\":1}", 2]).as_array().unwrap());
}
