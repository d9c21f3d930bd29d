//! What is said of a step's work item, of rounds and of judges, from a record that is written by hand.

use rusqlite::Connection;

use super::{Explanation, ResponseOrigin, explain};
use crate::record::VariantAt;
use crate::store::scratch;

/// The step `b` of the work item 2 takes the output of the work item 1 of step `a`, which was 1, then 2, then 1 again.
/// With the first, `b` was asked twice: with the prompt of task 2 and with that of task 4.
const BACK_AGAIN: &str = r#"
INSERT INTO invocation VALUES (1, 'u1', 'run', '0', 1, NULL, 'done', NULL, 't1', 't1'),
    (2, 'u2', 'run', '0', 1, NULL, 'done', NULL, 't2', 't2'), (3, 'u3', 'run', '0', 1, NULL, 'done', NULL, 't3', 't3'),
    (4, 'u4', 'run', '0', 1, NULL, 'done', NULL, 't4', 't4');
INSERT INTO step VALUES (1, 'a', NULL, 1, 1, 1, 1), (2, 'b', NULL, 2, 1, 1, 2);
INSERT INTO task VALUES (1, 'k1', 1, '{}', 't1'), (2, 'k2', 2, '{"prompts": 1}', 't1'),
    (4, 'k4', 2, '{"prompts": 2}', 't4');
INSERT INTO dataset VALUES (1, 'd1', 'input', 'i.csv', 'csv', 's', 1, '["id"]', '[null]', 'id', 1, 't1');
INSERT INTO manifest VALUES (1, 4, 'plan', 2, 'done', NULL, '{}', '{}', '{}', NULL, 't4', 't4');
INSERT INTO plan VALUES (1, 1, 2, 2, 1, NULL, 't1', '{}'), (2, 4, 2, 4, 1, NULL, 't4', '{}');
INSERT INTO work_item VALUES (1, 'aaaaaaaaaaaaaaaa', 1, 'group', NULL, '["group", "r"]'),
    (2, 'bbbbbbbbbbbbbbbb', 2, 'output', NULL, '["output", "aaaaaaaaaaaaaaaa"]');
INSERT INTO attempt (id, work_item, task, invocation, cache_id, sample, number, outcome, decided_at) VALUES
    (1, 1, 1, 1, 'v1', 1, 1, 'accepted', 't1'), (2, 2, 2, 1, 'v1w2', 1, 1, 'accepted', 't1'),
    (3, 1, 1, 2, 'v2', 1, 1, 'accepted', 't2'), (4, 2, 2, 2, 'v2w2', 1, 1, 'accepted', 't2'),
    (5, 2, 2, 3, 'v1w2', 1, 1, 'judge_failed', 't3'), (6, 2, 4, 4, 'v1w3', 1, 1, 'accepted', 't4');
INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (1, 1, 1, '{"n":1}'), (2, 2, 2, '{}'), (3, 1, 3, '{"n":2}'),
    (4, 2, 4, '{}'), (6, 2, 6, '{}');
INSERT INTO attempt_input VALUES (2, 1, 1), (4, 1, 3), (5, 1, 1), (6, 1, 1);
INSERT INTO standing (id, work_item, variant, repeat, step, planned, position, task, cache_id, sample, status, attempts,
                      last_attempt, cache_entry, open_sources, handed_on) VALUES
    (1, 1, 1, 1, 1, 1, 0, 1, 'v1', 1, 'accepted', 1, 1, 1, 0, 1),
    (2, 2, 1, 1, 2, 1, 0, 4, 'v1w3', 1, 'accepted', 1, 6, 6, 0, 1);
INSERT INTO edge VALUES (1, 2, 1, 1, 0);
"#;

fn record(more: &str) -> Connection {
    let connection = scratch();
    connection.execute_batch(BACK_AGAIN).unwrap();
    connection.execute_batch(more).unwrap();
    connection
}

fn parts(said: &Explanation) -> Vec<String> {
    said.differences.iter().map(|it| format!("{} {}", it.about, it.difference.part)).collect()
}

#[test]
fn outputs_are_compared_as_the_attempts_had_them() {
    let connection = record("");
    let said = explain(&connection, 2, VariantAt::BASE).unwrap();
    assert_eq!(said.nearest.as_ref().unwrap().past.invocation, 3);
    assert!(parts(&said).iter().all(|it| !it.starts_with("input")), "both had the same: {:?}", parts(&said));
}

#[test]
fn outputs_that_changed_came_or_went_are_named() {
    // What the last attempt had is now another output, and that of another work item besides.
    let connection = record(
        "INSERT INTO work_item VALUES (3, 'cccccccccccccccc', 1, 'group', NULL, '[\"group\", \"s\"]');
         INSERT INTO attempt (id, work_item, task, invocation, cache_id, sample, number, outcome, decided_at) VALUES
             (7, 3, 1, 4, 'x', 1, 1, 'accepted', 't4'), (8, 2, 4, 4, 'both', 1, 1, 'accepted', 't4');
         INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (7, 3, 7, '{\"n\":9}');
         INSERT INTO attempt_input VALUES (8, 1, 3), (8, 2, 7);
         UPDATE standing SET cache_id = 'both', last_attempt = 8 WHERE id = 2",
    );
    let said = explain(&connection, 2, VariantAt::BASE).unwrap();
    assert_eq!(
        parts(&said)[parts(&said).len() - 2..],
        ["input input: output of a (aaaaaaaaaaaa).n", "input input: output of a (cccccccccccc)"]
    );
    // The other way round, one of the two is gone.
    connection.execute("UPDATE standing SET cache_id = 'v1w3', last_attempt = 6 WHERE id = 2", []).unwrap();
    let said = explain(&connection, 2, VariantAt::BASE).unwrap();
    let last = said.differences.last().unwrap();
    assert_eq!(
        (last.difference.part.as_str(), last.difference.change.as_str()),
        ("input: output of a (cccccccccccc)", "removed")
    );
}

#[test]
fn rounds_say_why_earlier_attempts_no_longer_count() {
    for (kind, sample, expected) in [
        ("clean", "NULL", "what the record held for it was set aside by `clean --from generate` (run 4, t4)"),
        ("retry", "NULL", "it was asked for again by `retry` (run 4, t4): earlier samples no longer count"),
        ("force", "2", "it was asked for again by `cache.force` (run 4, t4): earlier samples no longer count"),
    ] {
        let connection = record(&format!(
            "INSERT INTO round VALUES (1, 4, 1, '{kind}', 'generate', 0, {sample}, '{{}}', 't4');
             UPDATE standing SET round = 1, sample = {}, status = 'pending', attempts = 0, last_attempt = NULL,
                                 cache_entry = NULL WHERE id = 2",
            if kind == "clean" { 1 } else { 2 }
        ));
        let said = explain(&connection, 2, VariantAt::BASE).unwrap();
        assert!(said.decided.is_none(), "{kind}");
        assert!(said.notes.iter().any(|it| it == expected), "{kind}: {:?}", said.notes);
        assert_eq!(parts(&said).is_empty(), kind == "clean", "{kind}");
    }
}

#[test]
fn a_decision_is_in_force_after_a_clean_of_all_but_the_tape() {
    for (tape, decided) in [(0, Some(2)), (1, None)] {
        let connection = record(&format!(
            "INSERT INTO attempt (id, work_item, task, invocation, cache_id, sample, number, outcome, decided_at)
                 VALUES (7, 2, 4, 4, 'v1w3', 1, 2, 'human_rejected', 't4');
             INSERT INTO round VALUES (1, 4, 1, 'clean', 'generate', {tape}, NULL, '{{}}', 't4');
             UPDATE standing SET round = 1, status = 'pending', last_attempt = NULL, cache_entry = NULL WHERE id = 2"
        ));
        let said = explain(&connection, 2, VariantAt::BASE).unwrap();
        assert_eq!(said.decided.map(|it| it.attempt), decided, "{tape}");
    }
}

#[test]
fn every_judge_is_named_and_what_a_lost_call_was() {
    let connection = record(
        r"
        INSERT INTO spec VALUES (1, 'p', 'sample', 'm', '{}');
        INSERT INTO request VALUES (1, 'q1', 1, 1, NULL, NULL, '[]'), (2, 'q2', 1, 1, NULL, NULL, '[]'),
            (3, 'q3', 1, 1, NULL, NULL, '[]');
        INSERT INTO call (id, request, work_item, invocation, is_judge, started_at) VALUES
            (1, 1, 2, 3, 0, 't3'), (2, 1, 2, 4, 0, 't4'), (3, 2, 2, 4, 1, 't4'),
            (4, 3, 2, 4, 1, 't4');
        INSERT INTO response (id, call, invocation, answer, cost_usd) VALUES
            (11, 2, 4, '', 1), (12, 3, 4, '', 2), (13, 4, 4, '', 4);
        INSERT INTO attempt (id, work_item, task, invocation, cache_id, sample, number, outcome, request, response,
                             decided_at)
            VALUES (7, 2, 4, 4, 'v1w3', 1, 2, 'judge_invalid', 1, 11, 't4');
        INSERT INTO verdict VALUES (1, 7, 1, 'strict', 12, 'PASS', 90, NULL, '[]'), (2, 7, 2, 'judge', 13, NULL, NULL, NULL, NULL);
        UPDATE standing SET status = 'rejected', cache_entry = NULL, last_attempt = 7 WHERE id = 2;
        ",
    );
    let said = explain(&connection, 2, VariantAt::BASE).unwrap();
    let asked: Vec<_> = said.requests.iter().map(|it| (it.purpose, it.judge.as_deref(), it.origin)).collect();
    let judge = |name| ("judge", name, ResponseOrigin::Asked);
    assert_eq!(asked, [("generation", None, ResponseOrigin::Asked), judge(Some("strict")), judge(None)]);
    assert_eq!(said.requests[0].note.as_deref(), Some("it was sent before (run 3), and the answer was never read"));
    assert_eq!(said.decided.unwrap().cost_usd, Some(7.0));
}
