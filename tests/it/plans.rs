//! How SQLite goes about every statement of the catalogue, on a run file with all kinds of rows.
//!
//! What runs once per work item, call or the like, once per batch of the loop or once per look-up must find its rows by
//! an index: whatever SQLite knows of the tables' sizes, nothing and a million rows each among it. What runs once per
//! command may read everything once. Each statement is in one list of [`lists`], so that a new one has to be put somewhere.

mod file;
mod lists;
mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use casebook::store::{Statement, sql};
use rusqlite::Connection;

use file::{RunFile, Statistics};
use lists::{EXCEPTIONS, Kind, LISTS, REWRITTEN};
use plan::{Fault, Plan};

/// The tables that grow with the run.
const GROWING: &[&str] = &[
    "work_item",
    "standing",
    "edge",
    "request",
    "call",
    "response",
    "attempt",
    "attempt_input",
    "verdict",
    "cache_entry",
    "input_row",
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

#[test]
fn every_statement_is_in_one_list() {
    let catalogue: BTreeSet<&str> = sql::ALL.iter().map(|statement| statement.name).collect();
    let listed: BTreeSet<&str> = kinds().into_keys().collect();
    let missing: Vec<_> = catalogue.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&catalogue).collect();
    assert!(missing.is_empty() && gone.is_empty(), "in no list: {missing:?}; not in the catalogue: {gone:?}");
    for (name, ..) in EXCEPTIONS {
        assert!(catalogue.contains(name), "{name} is excepted and not in the catalogue");
    }
}

#[test]
fn no_statement_reads_more_than_its_kind_may() {
    let file = RunFile::new();
    let kinds = kinds();
    let mut used = BTreeSet::new();
    let mut told = String::new();
    for statistics in
        [Statistics::None, Statistics::Analysed, Statistics::GrownMillions, Statistics::AllMillions]
    {
        file.believe(statistics);
        let connection = file.explain();
        scratch_tables(&connection);
        for statement in sql::ALL {
            let Some(kind) = kinds.get(statement.name).filter(|kind| **kind != Kind::Definition) else { continue };
            for (fault, line, plan) in faults(&connection, *statement, *kind, &mut used) {
                writeln!(told, "{} ({kind:?}, {statistics:?}): {fault:?}: {line}\n{plan}", statement.name).unwrap();
            }
        }
    }
    assert!(told.is_empty(), "{told}");
    let unused: Vec<_> = EXCEPTIONS.iter().filter(|(name, fault, _)| !used.contains(&(*name, *fault))).collect();
    assert!(unused.is_empty(), "nothing is wrong with {unused:?}");
}

/// What is wrong with a statement of a kind, but for what it is excepted from.
fn faults(
    connection: &Connection,
    statement: Statement,
    kind: Kind,
    used: &mut BTreeSet<(&'static str, Fault)>,
) -> Vec<(Fault, String, String)> {
    let dev = std::fs::read_to_string(format!("sql/{}.sql", statement.name)).unwrap();
    let plan = match Plan::of(connection, &dev) {
        Ok(plan) => plan,
        Err(_) if REWRITTEN.contains(&statement.name) => return Vec::new(),
        Err(error) => panic!("{}: {error}", statement.name),
    };
    let mut found = Vec::new();
    for (fault, line) in plan.faults().into_iter().filter(|(fault, _)| !kind.may(*fault)) {
        match EXCEPTIONS.iter().find(|(name, excepted, _)| *name == statement.name && *excepted == fault) {
            Some((name, excepted, _)) => drop(used.insert((*name, *excepted))),
            None => found.push((fault, line, plan.to_string())),
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
        sql::PLAN_CREATE_IMAGE_READ,
        sql::PLAN_CREATE_FORECAST,
        sql::INGEST_CREATE_SUSPECT,
        sql::INGEST_FIND_REPEATED,
        sql::PARSE_REMEMBER,
        sql::VERIFY_CREATE_OUTCOME,
        sql::DIFF_CREATE_ITEM_PAIR,
        sql::DIFF_CREATE_ROW_PAIR,
        sql::DIFF_CREATE_SHARED_COLUMN,
    ] {
        let text = statement.text.replace(":dataset", "1");
        connection.execute_batch(&text).unwrap_or_else(|error| panic!("{}: {error}", statement.name));
    }
}
