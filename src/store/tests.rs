//! The run file's rules that the schema itself holds.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

use super::*;
use crate::record::{
    AttemptOutcome, CallOutcome, ClaimStatus, ColumnKind, ColumnType, DecisionKind, InvocationStatus, ManifestStatus,
    PaceReason, PinStage, RetrievalPurpose, RoundKind, ServerKind, ServerSource, SourceKind, Stage, Verdict,
    WorkStatus,
};

fn objects(connection: &Connection, kind: &str) -> Vec<String> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = ?1 AND name NOT LIKE 'sqlite%'").unwrap();
    statement.query_map([kind], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn every_statement_prepares_and_says_what_it_does() {
    let connection = scratch();
    connection.execute_batch(sql::PLAN_CREATE_PLANNED.text).unwrap();
    connection.execute_batch(sql::GOLD_CREATE_ANSWERS.text).unwrap();
    connection.execute_batch(sql::PLAN_CREATE_ASKED.text).unwrap();
    connection.execute_batch(sql::PLAN_CREATE_IMAGE_READ.text).unwrap();
    connection.execute_batch(sql::PLAN_CREATE_FORECAST.text).unwrap();
    for scratch in [sql::STANDING_CREATE_CHOSEN, sql::STANDING_CREATE_WANTED, sql::STANDING_CREATE_FOUND] {
        connection.execute_batch(scratch.text).unwrap();
    }
    connection
        .execute_batch(
            "CREATE TEMP TABLE repeated_row (id, line, occurrence, first_line);
             CREATE TEMP TABLE suspect (row_id PRIMARY KEY)",
        )
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        let path = dir.path().join(name);
        close(open(&path, Access::Create).unwrap()).unwrap();
        connection.execute("ATTACH DATABASE ?1 AS ?2", [path.to_str().unwrap(), name]).unwrap();
    }
    for statement in [
        sql::DIFF_CREATE_ITEM_PAIR,
        sql::DIFF_CREATE_ROW_PAIR,
        sql::DIFF_CREATE_SHARED_COLUMN,
        sql::PARSE_CREATE_READ_BEFORE,
    ] {
        connection.execute_batch(statement.text).unwrap();
    }
    for statement in [
        sql::KNOWLEDGE_CREATE_PASSAGE,
        sql::KNOWLEDGE_CREATE_PASSAGE_WORD,
        sql::KNOWLEDGE_CREATE_PASSAGE_TERM,
        sql::KNOWLEDGE_CREATE_QUESTION_WORD,
        sql::KNOWLEDGE_CREATE_QUESTION_TERM,
        sql::KNOWLEDGE_CREATE_TERM_COUNT,
        sql::KNOWLEDGE_CREATE_COPIED_DOCUMENT,
        sql::KNOWLEDGE_CREATE_COPIED_LINE,
    ] {
        // They are in a database of their own.
        connection.execute_batch(statement.text).unwrap();
    }
    for statement in sql::ALL {
        assert!(statement.text.starts_with("-- "), "{}: no header line", statement.name);
        let header = statement.text.lines().next().unwrap();
        if !matches!(
            statement.name,
            "plan/index_planned"
                | "plan/create_index"
                | "knowledge/create_passage"
                | "knowledge/create_passage_word"
                | "knowledge/create_passage_term"
                | "knowledge/create_question_word"
                | "knowledge/create_question_term"
                | "knowledge/create_term_count"
                | "knowledge/create_copied_document"
                | "knowledge/create_copied_line"
                | "ingest/create_suspect"
                | "ingest/find_repeated"
                | "parse/create_read_before"
        ) {
            connection.prepare(statement.text).unwrap_or_else(|error| panic!("{}: {error}", statement.name));
        }
        if header.contains(" order") || header.contains("newest") || header.contains("latest") {
            let ordered = statement.text.contains("ORDER BY") || statement.text.contains("max(");
            assert!(ordered, "{}: promises an order and has none", statement.name);
        }
    }
}

#[test]
fn the_catalogue_lists_every_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    let mut files = BTreeSet::new();
    for room in std::fs::read_dir(&root).unwrap().map(Result::unwrap) {
        for file in std::fs::read_dir(room.path()).unwrap().map(Result::unwrap) {
            let path = file.path().with_extension("");
            files.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"));
        }
    }
    let listed: BTreeSet<String> = sql::ALL.iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(files, listed);
}

/// The words of the `CHECK (<column> IN (…))` or `CHECK (<column> = … OR <column> = …)` of a table.
fn check_words(connection: &Connection, table: &str, column: &str) -> Vec<String> {
    let text: String =
        connection.query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [table], |row| row.get(0)).unwrap();
    let (list, between) = match text.split_once(&format!("CHECK ({column} IN (")) {
        Some((_, rest)) => (rest, ",".to_owned()),
        None => {
            let (_, rest) = text.split_once(&format!("CHECK ({column} = ")).unwrap();
            (rest, format!("OR {column} ="))
        }
    };
    let list = &list[..list.find(')').unwrap()];
    list.split(&between).map(|word| word.trim().trim_matches('\'').to_owned()).collect()
}

#[test]
fn status_words_are_those_of_the_types() {
    let connection = scratch();
    let words = |all: Vec<&str>| all.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let check = |table, column| check_words(&connection, table, column).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(check("manifest", "stage"), words(Stage::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("round", "stage"), words(Stage::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("manifest", "status"), words(ManifestStatus::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("invocation", "status"), words(InvocationStatus::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("standing", "status"), words(WorkStatus::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("work_item", "source_kind"), words(SourceKind::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("round", "kind"), words(RoundKind::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("retrieval", "purpose"), words(RetrievalPurpose::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("attempt", "outcome"), words(AttemptOutcome::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("server", "kind"), words(ServerKind::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("server", "source"), words(ServerSource::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("canary", "stage"), words(PinStage::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("promotion", "stage"), words(PinStage::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("pace", "reason"), words(PaceReason::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("decision", "kind"), words(DecisionKind::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("claim", "status"), words(ClaimStatus::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("verdict", "verdict"), words(Verdict::ALL.iter().map(|it| it.as_str()).collect()));
    assert_eq!(check("attempt", "verdict"), words(Verdict::ALL.iter().map(|it| it.as_str()).collect()));
}

#[test]
fn words_that_follow_from_other_columns_are_those_of_the_types() {
    let connection = scratch();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO call VALUES (1, 1, 1, 1, NULL, 0, NULL, 't'), (2, 1, 1, 1, NULL, 1, NULL, 't');
             INSERT INTO response (call, invocation, answer, error_kind) VALUES (1, 1, '', NULL), (2, 1, NULL, 'timeout')",
        )
        .unwrap();
    let words = |query: &str| -> Vec<String> {
        connection.prepare(query).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(words("SELECT purpose FROM call ORDER BY id"), ["generation", "judge"]);
    // A call without a response is in flight or lost: no table has the word.
    let came_back = [CallOutcome::Answered, CallOutcome::Failed].map(CallOutcome::as_str);
    assert_eq!(words("SELECT outcome FROM response ORDER BY id"), came_back);
}

#[test]
fn checks_that_are_made_for_every_item_build_no_table() {
    let connection = scratch();
    for table in ["work_item", "standing", "request", "call", "response", "attempt", "verdict", "cache_entry"] {
        let text: String =
            connection.query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [table], |row| row.get(0)).unwrap();
        for list in text.split(" IN (").skip(1) {
            assert!(list.split(')').next().unwrap().matches(',').count() < 2, "{table}: IN ({list}");
        }
    }
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    let response = "INSERT INTO response (call, invocation, finish, answer)
                    VALUES (abs(random() % 1000), 1, ?1, '')";
    connection.execute(response, ["stop"]).unwrap();
    connection.execute(response, ["stopped"]).unwrap_err();
}

#[test]
fn every_table_is_strict_and_every_json_column_is_checked() {
    let connection = scratch();
    for table in objects(&connection, "table") {
        if table == "refinery_schema_history" {
            continue;
        }
        let text: String =
            connection.query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [&table], |row| row.get(0)).unwrap();
        assert!(text.trim_end().ends_with("STRICT"), "{table}");
    }
}

#[test]
fn every_view_can_be_read() {
    let connection = scratch();
    let views = objects(&connection, "view");
    for view in [
        "attempts",
        "failures",
        "calls",
        "costs",
        "progress",
        "manifests",
        "artifacts",
        "history",
        "pacing",
        "servers",
        "decisions",
        "verdicts",
    ] {
        assert!(views.iter().any(|it| it == view), "{view}");
    }
    for view in views {
        connection.prepare(&format!("SELECT * FROM {view}")).unwrap().query([]).unwrap().next().unwrap();
    }
}

#[test]
fn nothing_recorded_can_be_changed_deleted_or_replaced() {
    let connection = scratch();
    connection.execute_batch("INSERT INTO text (id, sha1, body) VALUES (1, 'a', 'b')").unwrap();
    for statement in [
        "UPDATE text SET body = 'c'",
        "DELETE FROM text",
        "INSERT OR REPLACE INTO text (id, sha1, body) VALUES (1, 'a', 'c')",
        "REPLACE INTO text (sha1, body) VALUES ('a', 'c')",
    ] {
        let error = connection.execute_batch(statement).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{statement}: {error}");
    }
}

#[test]
fn the_results_view_takes_any_name() {
    let mut connection = scratch();
    let tx = connection.transaction().unwrap();
    let fixed: Vec<String> = results::FIXED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let odd = ["it's", "a \"quote\"", "select", "semi;colon", "back\\slash", "名前", "x'); DROP TABLE text; --"];
    let input: Vec<(String, ColumnKind)> = odd.iter().map(|it| ((*it).to_owned(), ColumnKind::Untyped)).collect();
    let kinds = [ColumnType::Text, ColumnType::Integer, ColumnType::Json, ColumnType::Bool, ColumnType::Number];
    let fields: Vec<ResultsField> = odd
        .iter()
        .zip(kinds.into_iter().cycle())
        .map(|(it, kind)| ResultsField { name: format!("parsed_{it}"), field: (*it).to_owned(), kind })
        .collect();
    create_results_view(
        &tx,
        1,
        ResultsColumns { input: &input, fixed: &fixed, more: MoreColumns::default(), fields: &fields },
    )
    .unwrap();
    let statement = tx.prepare("SELECT * FROM results").unwrap();
    let names: Vec<&str> = statement.column_names().collect();
    for name in odd {
        assert!(names.contains(&name), "{name}");
        assert!(names.contains(&format!("parsed_{name}").as_str()), "{name}");
    }
    assert_eq!(tx.query_row("SELECT count(*) FROM text", [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn a_file_that_is_no_run_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    assert!(matches!(open(&path, Access::Write), Err(OpenError::Missing(_))));
    std::fs::write(&path, "this is text, and long enough to be looked at as a database header, is it not? yes it is")
        .unwrap();
    assert!(matches!(open(&path, Access::Create), Err(OpenError::NotADatabase(_))));
    std::fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(open(&path, Access::Create), Err(OpenError::NotARunFile(_))));
    assert!(matches!(open(&path, Access::Read), Err(OpenError::NotARunFile(_))));
}

#[test]
fn a_file_whose_making_was_cut_short_is_made_to_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    let history = "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name VARCHAR(255), \
                   applied_on VARCHAR(255), checksum VARCHAR(255))";
    Connection::open(&path).unwrap().execute_batch(history).unwrap();
    assert!(matches!(open(&path, Access::Read), Err(OpenError::Empty(_))));
    assert!(matches!(open(&path, Access::Write), Err(OpenError::Empty(_))));
    close(open(&path, Access::Create).unwrap()).unwrap();
    assert!(open(&path, Access::Read).is_ok());

    let other = dir.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch(&format!("{history}; CREATE TABLE t (x)")).unwrap();
    assert!(matches!(open(&other, Access::Create), Err(OpenError::NotARunFile(_))));
}

#[test]
fn a_newer_file_is_refused_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    close(open(&path, Access::Create).unwrap()).unwrap();
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let before = std::fs::read(&path).unwrap();
    for access in [Access::Read, Access::Write, Access::Create] {
        assert!(matches!(open(&path, access), Err(OpenError::Newer { found: 99, .. })), "{access:?}");
    }
    assert_eq!(before, std::fs::read(&path).unwrap());
}

#[test]
fn at_rest_the_record_is_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    let connection = open(&path, Access::Create).unwrap();
    connection.execute_batch("INSERT INTO text (sha1, body) VALUES ('a', 'b')").unwrap();
    close(connection).unwrap();
    let reader = open(&path, Access::Read).unwrap();
    assert_eq!(reader.query_row("SELECT body FROM text", [], |row| row.get::<_, String>(0)).unwrap(), "b");
    drop(reader);
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names, ["x.db"]);
}

#[test]
fn nothing_is_gathered_at_close_that_changes_later_plans() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    for round in 0..3 {
        let connection = open(&path, Access::Create).unwrap();
        let rows = "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 2000)
                    INSERT INTO text (sha1, body) SELECT n || '-' || ?1, 'b' FROM counted";
        connection.execute(rows, [round]).unwrap();
        connection.query_row("SELECT count(*) FROM text WHERE sha1 > '1'", [], |_| Ok(())).unwrap();
        close(connection).unwrap();
    }
    let reader = open(&path, Access::Read).unwrap();
    let statistics = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'";
    assert_eq!(reader.query_row(statistics, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

/// The view `results` as a run without input columns and output fields has it.
/// The plan of a statement, line by line.
fn plan_of(connection: &Connection, statement: Statement) -> Vec<String> {
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.text)).unwrap();
    plan.raw_query().mapped(|row| row.get("detail")).map(Result::unwrap).collect()
}

#[test]
fn what_was_analysed_when_there_was_little_changes_no_plan_of_a_writer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    let connection = open(&path, Access::Create).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    connection
        .execute_batch(
            "INSERT INTO work_item VALUES (1, 'a', 1, 'row', 1, NULL), (2, 'b', 1, 'row', 2, NULL);
             INSERT INTO call VALUES (1, 1, 1, 1, NULL, 0, NULL, 't');
             INSERT INTO response (id, call, invocation, answer) VALUES (1, 1, 1, '{}');
             INSERT INTO attempt (id, work_item, task, invocation, cache_id, sample, number, outcome, decided_at)
             VALUES (1, 1, 1, 1, 'h', 1, 1, 'accepted', 't');
             INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (1, 1, 1, '{}')",
        )
        .unwrap();
    let plans = |connection: &Connection| {
        for scratch in [sql::STANDING_CREATE_WANTED, sql::STANDING_CREATE_FOUND] {
            connection.execute_batch(scratch.text).unwrap();
        }
        [sql::DERIVE_FIND, sql::GENERATE_FIND_ANSWER, sql::STANDING_LOOK_UP].map(|it| plan_of(connection, it))
    };
    let before = plans(&connection);
    for (plan, index) in before.iter().zip(["work_item_work_id", "call_request", "attempt_work_item"]) {
        assert!(plan.iter().any(|line| line.contains(index)), "{plan:#?}");
    }
    close(connection).unwrap();
    Connection::open(&path).unwrap().execute_batch("ANALYZE").unwrap();

    let reader = open(&path, Access::Read).unwrap();
    let misled = [sql::DERIVE_FIND, sql::GENERATE_FIND_ANSWER].map(|it| plan_of(&reader, it));
    assert_ne!(misled[..], before[..2], "statistics of nearly empty tables make no difference");
    drop(reader);
    let writer = open(&path, Access::Write).unwrap();
    assert_eq!(plans(&writer), before);
    close(writer).unwrap();
}

fn plain_results(tx: &rusqlite::Transaction<'_>) {
    let fixed: Vec<String> = results::FIXED.iter().map(|(name, _)| (*name).to_owned()).collect();
    create_results_view(tx, 0, ResultsColumns { input: &[], fixed: &fixed, more: MoreColumns::default(), fields: &[] })
        .unwrap();
}

#[test]
fn an_unchanged_results_view_is_left_as_it_is() {
    let mut connection = scratch();
    let version = |connection: &Connection| {
        connection.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let before = version(&connection);
    let tx = connection.transaction().unwrap();
    plain_results(&tx);
    tx.commit().unwrap();
    assert_eq!(version(&connection), before);
    let tx = connection.transaction().unwrap();
    let fixed: Vec<String> = results::FIXED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let input = [("it's".to_owned(), ColumnKind::Untyped)];
    create_results_view(
        &tx,
        0,
        ResultsColumns { input: &input, fixed: &fixed, more: MoreColumns::default(), fields: &[] },
    )
    .unwrap();
    tx.commit().unwrap();
    assert!(version(&connection) > before);
}

#[test]
fn the_first_results_are_read_without_the_others() {
    let connection = scratch();
    let mut statement = connection.prepare("EXPLAIN QUERY PLAN SELECT * FROM results LIMIT 10").unwrap();
    let plan: Vec<String> = statement.query_map([], |row| row.get("detail")).unwrap().map(Result::unwrap).collect();
    assert_eq!(plan[0], "SEARCH step USING COVERING INDEX sqlite_autoindex_step_1 (name=?)");
    assert!(plan.contains(&"SEARCH standing USING INDEX standing_step (step=?)".to_owned()), "{plan:#?}");
    // What goes back to one row is sorted, never all.
    assert_eq!(plan.last().unwrap(), "USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY");
    // There are as many steps as the task has, and few answers that one work item used.
    let scans: Vec<&String> = plan.iter().filter(|line| line.starts_with("SCAN")).collect();
    assert_eq!(scans, ["SCAN last", "SCAN used"]);
}

#[test]
fn a_rejected_work_item_shows_its_last_valid_output_of_those_that_count() {
    let mut connection = scratch();
    let tx = connection.transaction().unwrap();
    plain_results(&tx);
    tx.execute_batch(
        r#"
        PRAGMA defer_foreign_keys = ON;
        INSERT INTO invocation VALUES (1, 'u', 'run', '0', 1, NULL, 'done', NULL, 't', 't');
        INSERT INTO step VALUES (1, 'generate', NULL, 1, 1, 1, 1);
        INSERT INTO task VALUES (1, 't', 1, '{}', 't');
        INSERT INTO work_item VALUES (1, 'w', 1, 'group', NULL, '[]');
        INSERT INTO round VALUES (1, 1, 1, 'retry', 'generate', 0, NULL, '{}', 't');
        INSERT INTO attempt (id, work_item, task, invocation, round, cache_id, sample, number, outcome, output, decided_at)
        VALUES (1, 1, 1, 1, NULL, 'h', 1, 1, 'check_failed', '{"a":1}', 't'),
               (2, 1, 1, 1, 1, 'h', 2, 1, 'check_failed', '{"a":2}', 't'),
               (3, 1, 1, 1, 1, 'other', 1, 1, 'check_failed', '{"a":3}', 't'),
               (4, 1, 1, 1, 1, 'h', 2, 2, 'no_json', NULL, 't');
        INSERT INTO standing (id, work_item, variant, repeat, step, planned, position, task, cache_id, round, sample,
                              status, attempts, last_attempt, open_sources, handed_on)
        VALUES (1, 1, 1, 1, 1, 1, 0, 1, 'h', 1, 2, 'rejected', 2, 4, 0, 0);
        "#,
    )
    .unwrap();
    let shown = || tx.query_row("SELECT rejected FROM results", [], |row| row.get::<_, Option<String>>(0)).unwrap();
    assert_eq!(shown().as_deref(), Some(r#"{"a":2}"#));
    // A person turned down what had passed.
    tx.execute_batch(
        r#"
        INSERT INTO attempt (id, work_item, task, invocation, round, cache_id, sample, number, outcome, decided_at)
        VALUES (5, 1, 1, 1, 1, 'h', 2, 3, 'accepted', 't'), (6, 1, 1, 1, 1, 'h', 2, 4, 'human_rejected', 't');
        INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (1, 1, 5, '{"a":5}');
        UPDATE standing SET last_attempt = 6;
        "#,
    )
    .unwrap();
    assert_eq!(shown().as_deref(), Some(r#"{"a":5}"#));
    // A later round: nothing before it counts.
    tx.execute_batch("INSERT INTO round VALUES (2, 1, 2, 'retry', 'generate', 0, NULL, '{}', 't')").unwrap();
    tx.execute_batch("UPDATE standing SET round = 2, sample = 3, status = 'pending', last_attempt = NULL").unwrap();
    assert_eq!(shown(), None);
    tx.execute_batch("UPDATE standing SET status = 'rejected'").unwrap();
    assert_eq!(shown(), None);
}

/// A column of each kind over two accepted work items.
const OF_EACH_KIND: &str = r#"
    PRAGMA defer_foreign_keys = ON;
    INSERT INTO invocation VALUES (1, 'u', 'run', '0', 1, NULL, 'done', NULL, 't', 't');
    INSERT INTO step VALUES (1, 'generate', NULL, 1, 1, 1, 1);
    INSERT INTO task VALUES (1, 't', 1, '{}', 't');
    INSERT INTO input_row (id, dataset, row_id, row_index, line, fields) VALUES (1, 1, 'r1', 0, 2, '["5", "12"]'), (2, 1, 'r2', 1, 3, '["600", ""]');
    INSERT INTO work_item VALUES (1, 'w1', 1, 'row', 1, NULL), (2, 'w2', 1, 'row', 2, NULL);
    INSERT INTO attempt (id, work_item, task, invocation, cache_id, sample, number, outcome, decided_at)
    VALUES (1, 1, 1, 1, 'h', 1, 1, 'accepted', 't'), (2, 2, 1, 1, 'i', 1, 1, 'accepted', 't');
    INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (1, 1, 1, '{"any":"5","number":2,"truth":true,"whole":5}'),
        (2, 2, 2, '{"any":true,"number":2.5,"truth":false,"whole":null}');
    INSERT INTO standing (id, work_item, variant, repeat, step, planned, input_row, position, task, cache_id, sample,
                          status, attempts, last_attempt, cache_entry, open_sources, handed_on)
    VALUES (1, 1, 1, 1, 1, 1, 1, 0, 1, 'h', 1, 'accepted', 1, 1, 1, 0, 0),
           (2, 2, 1, 1, 1, 1, 2, 1, 1, 'i', 1, 'accepted', 1, 2, 2, 0, 0);
"#;

fn results_of_each_kind(tx: &rusqlite::Transaction<'_>, dataset: i64) -> String {
    let fixed: Vec<String> = results::FIXED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let input = [("id".to_owned(), ColumnKind::Untyped), ("units".to_owned(), ColumnKind::Typed(ColumnType::Integer))];
    let field = |name: &str, kind| ResultsField { name: name.to_owned(), field: name.to_owned(), kind };
    let fields = [
        field("any", ColumnType::Json),
        field("number", ColumnType::Number),
        field("truth", ColumnType::Bool),
        field("whole", ColumnType::Integer),
    ];
    create_results_view(
        tx,
        dataset,
        ResultsColumns { input: &input, fixed: &fixed, more: MoreColumns::default(), fields: &fields },
    )
    .unwrap();
    tx.query_row("SELECT sql FROM sqlite_schema WHERE name = 'results'", [], |row| row.get(0)).unwrap()
}

#[test]
fn columns_of_results_compare_with_texts_and_numbers_alike() {
    let mut connection = scratch();
    let tx = connection.transaction().unwrap();
    tx.execute_batch(OF_EACH_KIND).unwrap();
    results_of_each_kind(&tx, 1);
    let ids = |clause: &str| -> String {
        let query = format!("SELECT coalesce(group_concat(id, ' '), '') FROM (SELECT id FROM results WHERE {clause})");
        tx.query_row(&query, [], |row| row.get(0)).unwrap()
    };
    for (clause, expected) in [
        ("id = 5", "5"),
        ("id = '5'", "5"),
        ("id > 500", "600"),
        ("units = '12'", "5"),
        ("units > 5", "5"),
        ("units IS NULL", "600"),
        ("any = 5", "5"),
        ("any = '1'", "600"),
        ("typeof(any) = 'integer'", "600"),
        ("number = '2.5'", "600"),
        ("typeof(number) = 'real'", "5 600"),
        ("truth = '1'", "5"),
        ("truth = 0", "600"),
        ("whole = '5'", "5"),
        ("typeof(whole) = 'integer'", "5"),
        ("cost_usd = '0'", "5 600"),
    ] {
        assert_eq!(ids(clause), expected, "{clause}");
    }
}

#[test]
fn an_integer_beyond_63_bits_keeps_its_digits_and_the_others_stay_integers() {
    let mut connection = scratch();
    let tx = connection.transaction().unwrap();
    tx.execute_batch(OF_EACH_KIND).unwrap();
    let narrow = results_of_each_kind(&tx, 1);
    widen_results_view(&tx, r#"{"any":9223372036854775807,"whole":9223372036854775807}"#).unwrap();
    assert_eq!(results_of_each_kind(&tx, 1), narrow);
    let big = r#"{"any":-3,"number":1e+22,"truth":null,"whole":9223372036854775808}"#;
    tx.execute("INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (3, 2, 2, ?1)", [big]).unwrap();
    tx.execute_batch("UPDATE standing SET cache_entry = 3 WHERE id = 2").unwrap();
    widen_results_view(&tx, big).unwrap();
    let shown = |tx: &rusqlite::Transaction<'_>| -> String {
        let query = "SELECT group_concat(typeof(whole) || ' ' || whole, ', ') FROM results WHERE whole > 4";
        tx.query_row(query, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(shown(&tx), "integer 5, text 9223372036854775808");
    assert_eq!(tx.query_row("SELECT id FROM results WHERE whole = 5", [], |row| row.get::<_, String>(0)).unwrap(), "5");
    // As doubles these would be equal.
    for (clause, expected) in [("whole = '9223372036854775808'", 1), ("whole = '9223372036854775809'", 0)] {
        let count = |query: &str| tx.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count(&format!("SELECT count(*) FROM results WHERE {clause}")), expected, "{clause}");
    }
    // It stays so, also where the rows are others.
    let wide = results_of_each_kind(&tx, 1);
    assert_ne!(wide, narrow);
    assert_eq!(results_of_each_kind(&tx, 1), wide);
    results_of_each_kind(&tx, 2);
    assert_eq!(shown(&tx), "integer 5, text 9223372036854775808");
}

#[test]
fn numbers_of_results_keep_their_digits_and_have_one_type() {
    let mut connection = scratch();
    let tx = connection.transaction().unwrap();
    tx.execute_batch(OF_EACH_KIND).unwrap();
    results_of_each_kind(&tx, 1);
    let shown = |column: &str| -> String {
        let query =
            format!("SELECT group_concat(typeof({column}) || ' ' || {column}, ', ') FROM results ORDER BY row_index");
        tx.query_row(&query, [], |row| row.get(0)).unwrap()
    };
    for (id, output) in [(3, r#"{"any":2,"number":9007199254740993}"#), (4, r#"{"any":2.5,"number":2.5}"#)] {
        tx.execute(
            "INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (?1, ?1 - 2, ?1 - 2, ?2)",
            (id, output),
        )
        .unwrap();
        tx.execute("UPDATE standing SET cache_entry = ?1 WHERE id = ?1 - 2", [id]).unwrap();
        widen_results_view(&tx, output).unwrap();
    }
    assert_eq!(shown("number"), "integer 9007199254740993, real 2.5");
    assert_eq!(shown("any"), "real 2.0, real 2.5");
    // The same is found where the view is made anew.
    tx.execute_batch("DROP VIEW results").unwrap();
    results_of_each_kind(&tx, 1);
    assert_eq!(shown("number"), "integer 9007199254740993, real 2.5");
    assert_eq!(shown("any"), "real 2.0, real 2.5");
}

#[test]
fn a_field_with_a_control_character_in_its_name_has_its_value() {
    let mut connection = scratch();
    let tx = connection.transaction().unwrap();
    tx.execute_batch(OF_EACH_KIND).unwrap();
    tx.execute_batch(
        r#"INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (3, 1, 1, '{"a\u0001b":"x"}')"#,
    )
    .unwrap();
    tx.execute_batch("UPDATE standing SET cache_entry = 3 WHERE id = 1").unwrap();
    let fixed: Vec<String> = results::FIXED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let fields = [ResultsField { name: "field".to_owned(), field: "a\u{1}b".to_owned(), kind: ColumnType::Text }];
    let columns = ResultsColumns { input: &[], fixed: &fixed, more: MoreColumns::default(), fields: &fields };
    create_results_view(&tx, 1, columns).unwrap();
    let value: String =
        tx.query_row("SELECT field FROM results WHERE field IS NOT NULL", [], |row| row.get(0)).unwrap();
    assert_eq!(value, "x");
}
