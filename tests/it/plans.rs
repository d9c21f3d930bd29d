//! How SQLite goes about every statement of the catalogue, on a run file with all kinds of rows.
//!
//! What runs once per work item, call or the like, once per batch of the loop or once per look-up must find its rows
//! by an index: whatever SQLite knows of the tables' sizes, nothing and a million rows each among it. What runs once
//! per command may read everything once. Each statement is in one list of [`lists`], so that a new one has to be put
//! somewhere.

mod file;
mod lists;
mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use casebook::inside::store::{Statement, sql};
use rusqlite::Connection;

use file::{RunFile, Statistics};
use lists::{EXCEPTIONS, Exception, Kind, LISTS};
use plan::{Fault, Plan};

/// The tables that grow with the run.
const GROWING: &[&str] = &[
    "work_item",
    "standing",
    "admission",
    "edge",
    "request",
    "call",
    "response",
    "attempt",
    "attempt_input",
    "verdict",
    "retrieval",
    "retrieved_passage",
    "cache_entry",
    "input_row",
    "document",
    "document_text",
    "document_file",
    "line",
    "row_group",
    "text",
    "image",
    "image_file",
    "decision",
    "anomaly",
    "artifact_chunk",
];

/// The kind of each statement.
fn kinds() -> BTreeMap<&'static str, Kind> {
    let mut kinds = BTreeMap::new();
    for list in LISTS {
        for name in list.names.split_whitespace() {
            assert!(kinds.insert(name, list.kind).is_none(), "{name} is listed twice");
        }
    }
    kinds
}

/// Each statement that is excepted, with what from.
fn excepted() -> BTreeSet<(&'static str, Fault)> {
    let each = |it: &'static Exception| it.names.split_whitespace().map(|name| (name, it.fault));
    EXCEPTIONS.iter().flat_map(each).collect()
}

#[test]
fn every_statement_is_in_one_list() {
    let catalogue: BTreeSet<&str> = sql::ALL.iter().map(|statement| statement.name).collect();
    let listed: BTreeSet<&str> = kinds().into_keys().collect();
    let missing: Vec<_> = catalogue.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&catalogue).collect();
    assert!(missing.is_empty() && gone.is_empty(), "in no list: {missing:?}; not in the catalogue: {gone:?}");
    for (name, _) in excepted() {
        assert!(catalogue.contains(name), "{name} is excepted and not in the catalogue");
    }
}

#[test]
fn no_statement_reads_more_than_its_kind_may() {
    let file = RunFile::new();
    let kinds = kinds();
    let mut used = BTreeSet::new();
    let mut told = String::new();
    for statistics in [Statistics::None, Statistics::Analysed, Statistics::GrownMillions, Statistics::AllMillions] {
        let connection = file.explain(statistics);
        scratch_tables(&connection);
        for statement in sql::ALL {
            let Some(kind) = kinds.get(statement.name).filter(|kind| **kind != Kind::Definition) else { continue };
            for (fault, line, plan) in faults(&connection, *statement, *kind, &mut used) {
                writeln!(told, "{} ({kind:?}, {statistics:?}): {fault:?}: {line}\n{plan}", statement.name).unwrap();
            }
        }
    }
    assert!(told.is_empty(), "{told}");
    let unused: Vec<_> = excepted().difference(&used).copied().collect();
    assert!(unused.is_empty(), "excepted, and nothing is wrong with them: {unused:?}");
}

/// What is wrong with a statement of a kind, but for what it is excepted from.
fn faults(
    connection: &Connection,
    statement: Statement,
    kind: Kind,
    used: &mut BTreeSet<(&'static str, Fault)>,
) -> Vec<(Fault, String, String)> {
    // The table is there already.
    let asked = if statement.text.contains("CREATE TEMP TABLE") { statement.text.find("SELECT") } else { None };
    let plan = Plan::of(connection, &statement.text[asked.unwrap_or(0)..])
        .unwrap_or_else(|error| panic!("{}: {error}", statement.name));
    let (excepted, mut found) = (excepted(), Vec::new());
    for (fault, line) in plan.faults().into_iter().filter(|(fault, _)| !kind.may(*fault)) {
        if excepted.contains(&(statement.name, fault)) {
            used.insert((statement.name, fault));
        } else {
            found.push((fault, line, plan.to_string()));
        }
    }
    found
}

/// The scratch tables that statements are about, as they are when those run.
fn scratch_tables(connection: &Connection) {
    for statement in [
        sql::STANDING_CREATE_CHOSEN,
        sql::STANDING_CREATE_FOUND,
        sql::STANDING_CREATE_WANTED,
        sql::PLAN_CREATE_PLANNED,
        sql::PLAN_INDEX_PLANNED,
        sql::PLAN_CREATE_ASKED,
        sql::PLAN_CREATE_IMAGE_READ,
        sql::PLAN_CREATE_FORECAST,
        sql::INGEST_CREATE_SUSPECT,
        sql::GOLD_CREATE_ANSWERS,
        sql::INGEST_FIND_REPEATED,
        sql::PARSE_CREATE_READ_BEFORE,
        sql::DIFF_CREATE_ITEM_PAIR,
        sql::DIFF_CREATE_ROW_PAIR,
        sql::DIFF_CREATE_SHARED_COLUMN,
        sql::KNOWLEDGE_CREATE_PASSAGE,
        sql::KNOWLEDGE_CREATE_PASSAGE_WORD,
        sql::KNOWLEDGE_CREATE_PASSAGE_TERM,
        sql::KNOWLEDGE_CREATE_QUESTION_WORD,
        sql::KNOWLEDGE_CREATE_QUESTION_TERM,
        sql::KNOWLEDGE_CREATE_TERM_COUNT,
        sql::KNOWLEDGE_CREATE_COPIED_DOCUMENT,
        sql::KNOWLEDGE_CREATE_COPIED_LINE,
    ] {
        // Those of knowledge are in databases of their own.
        let text = statement.text.replace("CREATE TABLE ", "CREATE TEMP TABLE ");
        let text = text.replace("CREATE VIRTUAL TABLE ", "CREATE VIRTUAL TABLE temp.").replace(":dataset", "1");
        connection.execute_batch(&text).unwrap_or_else(|error| panic!("{}: {error}", statement.name));
    }
}
