//! A run file in memory with two documents, and two work items that cite the first: one was accepted after an attempt
//! whose quote stood nowhere, one was rejected.

use rusqlite::{Connection, params};

use crate::store::scratch;

/// The ids of the work items: accepted, rejected.
pub(crate) const WORK_IDS: [&str; 2] =
    ["cc11111111111111111111111111111111111111", "dd22222222222222222222222222222222222222"];

/// The lines of the first document. Its rows begin at the lines 1 and 7.
pub(crate) const LINES: [&str; 12] = [
    "# Leave & <b>rest</b>",
    "",
    "Ask *before* you go.  ",
    "| Days | Hours |",
    "\tTabs\u{a0}stay.",
    "",
    "# Pay",
    "",
    "</span><script>alert(1)</script> \u{1b}[31mred\u{202e}",
    "Everyone is paid on Friday. ",
    "```",
    "The end",
];

/// The run file.
pub(crate) fn run_file() -> Connection {
    let connection = scratch();
    connection.execute_batch(RECORDS).unwrap();
    for (number, line) in (1..).zip(LINES) {
        let ending = i64::from(number < 12);
        connection.execute("INSERT INTO line VALUES (7, ?1, ?2, NULL, ?3)", params![number, ending, line]).unwrap();
    }
    for ((id, status, row), work_id) in [(11, "accepted", 21), (12, "rejected", 22)].into_iter().zip(WORK_IDS) {
        connection
            .execute("INSERT INTO work_item VALUES (?1, ?2, 1, 'row', ?3, NULL)", params![id, work_id, row])
            .unwrap();
        connection
            .execute(
                "INSERT INTO standing (id, work_item, variant, repeat, step, planned, input_row, position, task,
                     cache_id, sample, status, attempts, last_attempt, cache_entry, open_sources, handed_on)
                 VALUES (?1 + 30, ?1, 1, 1, 1, 1, ?3, ?1, 1, 'h' || ?1, 1, ?2, 1, ?1 + 21,
                     iif(?1 = 11, 1, NULL), 0, 0)",
                params![id, status, row],
            )
            .unwrap();
    }
    for (number, (attempt, path, cited, lines, quote, status)) in (1..).zip(claims()) {
        connection
            .execute(
                "INSERT INTO claim (attempt, number, path, cited_start, cited_end, line_start, line_end, quote, status)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![attempt, number, path, cited.0, cited.1, lines.0, lines.1, quote, status],
            )
            .unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    connection
}

type Lines = (i64, i64);

/// Attempt, path, cited lines, lines, quote and status of each claim, in lines of the row.
fn claims() -> [(i64, &'static str, Lines, Lines, &'static str, &'static str); 7] {
    [
        (31, "rules[0].evidence[0]", (3, 3), (3, 3), "Ask after you go.", "not_found"),
        (32, "rules[0].evidence[0]", (3, 3), (3, 3), LINES[2], "exact"),
        (32, "rules[0].evidence[1]", (4, 5), (4, 5), "| Days | Hours |\nTabs\u{a0}stay.", "trimmed"),
        (32, "rules[1].evidence[0]", (1, 1), (4, 4), LINES[3], "relocated"),
        (33, "rules[0].evidence[0]", (4, 4), (4, 4), "Everyone is paid", "part"),
        (33, "rules[0].evidence[1]", (99, 99), (99, 99), "Nobody pays.\nNever.", "not_found"),
        (33, "rules[1].evidence[0]", (3, 3), (3, 3), LINES[8], "exact"),
    ]
}

const RECORDS: &str = r#"
PRAGMA foreign_keys = OFF;
BEGIN;
INSERT INTO config VALUES (1, 'c1', '{"config": {"run": {"name": "rules"}}}', 't');
INSERT INTO invocation VALUES (1, 'u1', 'run', '0.1.0', 42, 1, 'done', NULL, 't', 't');
INSERT INTO step VALUES (1, 'rules', NULL, 1, 1, 1, 1);
INSERT INTO task VALUES (1, 'k1', 1, '{}', 't');
INSERT INTO dataset
VALUES (1, 'd1', 'input', 'docs', 'documents', 's1', 10, '["text", "line_end"]', '[null, null]', NULL, 2, 't');
INSERT INTO plan (id, invocation, step, task, dataset, config, created_at) VALUES (1, 1, 1, 1, 1, 1, 't');
INSERT INTO document_text VALUES (7, 's7', 'markdown', 'bytes', 100, 0, 12, NULL),
    (8, 's8', 'pdf', 'pdfboss', 100, 0, 2, 1);
INSERT INTO document VALUES (4, 1, 1, 'leave/pay & rest.md', 7), (5, 1, 2, 'notes.pdf', 8);
INSERT INTO line VALUES (8, 1, 1, 1, 'Nothing cites this.'), (8, 2, 0, 1, ' ');
INSERT INTO input_row (id, dataset, row_id, row_index, line, document, fields) VALUES
    (21, 1, 'r1', 0, 1, 4, '["a", "6"]'), (22, 1, 'r2', 1, 7, 4, '["b", "12"]');
INSERT INTO attempt (id, work_item, task, invocation, cache_id, sample, number, outcome, detail, output, decided_at)
VALUES
    (31, 11, 1, 1, 'h11', 1, 1, 'evidence_failed', 'no', NULL, 't'),
    (32, 11, 1, 1, 'h11', 1, 2, 'accepted', NULL, NULL, 't'),
    (33, 12, 1, 1, 'h12', 1, 1, 'evidence_failed', 'no',
     '{"rules": [{"title": "Pay <day>", "evidence": [{}, {}]}, {"title": "Red", "evidence": [{}]}]}', 't');
INSERT INTO cache_entry (id, work_item, attempt, first_line, output) VALUES (1, 11, 32, 1,
    '{"rules": [{"title": "Ask first", "must": true, "evidence": [{}, {}]}, {"title": "Hours", "evidence": [{}]}]}');
"#;
