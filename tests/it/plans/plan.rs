//! A query plan as SQLite tells it, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::GROWING;

/// Indexes whose first column alone says little: one value of it is shared by as many rows as there are.
const WIDE: &[(&str, &str)] = &[
    ("standing_step", "(step=?)"),
    ("standing_open", "(step=?)"),
    ("input_row_dataset", "(dataset=?)"),
    ("row_group_key", "(dataset=?)"),
];

/// What a statement does that it must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A table that grows with the run is read from its beginning.
    Scan,
    /// As much as all of it is read by an index or from some row on.
    Wide,
    /// Rows are sorted, or gathered to be told apart.
    TempBTree,
    /// SQLite builds an index for this statement alone.
    Automatic,
    /// Something as large as a table is read again for each row of another one.
    Multiplies,
    /// A trigger reads a table from its beginning.
    Trigger,
}

/// One line of a plan with those below it.
#[derive(Debug)]
struct Node {
    id: i64,
    text: String,
    below: Vec<Node>,
}

/// The plan of one statement.
pub struct Plan {
    top: Vec<Node>,
    aliases: BTreeMap<String, BTreeSet<String>>,
    scans_in_triggers: bool,
}

impl Plan {
    /// The plan that SQLite makes of `sql` now.
    pub fn of(connection: &Connection, sql: &str) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let mut rows = statement.raw_query();
        let mut top = Vec::new();
        while let Some(row) = rows.next()? {
            let node = Node { id: row.get("id")?, text: row.get("detail")?, below: Vec::new() };
            below(&mut top, row.get("parent")?).push(node);
        }
        let scans_in_triggers = scans_in_triggers(connection, sql)?;
        Ok(Self { top, aliases: aliases(connection, sql)?, scans_in_triggers })
    }

    /// What is wrong with it, each with the line that says so.
    pub fn faults(&self) -> BTreeSet<(Fault, String)> {
        let mut found = BTreeSet::new();
        self.look(&self.top, false, &mut BTreeMap::new(), &mut found);
        if self.scans_in_triggers {
            found.insert((Fault::Trigger, "in a trigger".to_owned()));
        }
        found
    }

    /// Looks at nodes of one level: those that read are loops, each inside the one before. `again` says that all of
    /// them run for each row of something. Returns whether any of them reads as much as a table that grows; `made`
    /// says this of the subqueries so far.
    fn look<'a>(
        &self,
        nodes: &'a [Node],
        again: bool,
        made: &mut BTreeMap<&'a str, bool>,
        found: &mut BTreeSet<(Fault, String)>,
    ) -> bool {
        let (mut is_inside, mut any) = (again, false);
        for node in nodes {
            let mut fault = |fault| {
                found.insert((fault, node.text.clone()));
            };
            if node.text.starts_with("USE TEMP B-TREE") {
                fault(Fault::TempBTree);
            }
            if node.text.contains("AUTOMATIC") {
                fault(Fault::Automatic);
            }
            let (verb, rest) = node.text.split_once(' ').unwrap_or((&node.text, ""));
            let name = rest.split(' ').next().unwrap_or(rest);
            if verb == "SCAN" || verb == "SEARCH" {
                let grows = self.grows(name);
                let is_wide = grows && is_wide(&node.text);
                if verb == "SCAN" && grows {
                    fault(Fault::Scan);
                }
                if verb == "SEARCH" && is_wide {
                    fault(Fault::Wide);
                }
                let is_made_large = made.get(name).copied().unwrap_or_default();
                let is_large = is_wide || verb == "SCAN" && (grows || is_made_large);
                if is_large && is_inside {
                    fault(Fault::Multiplies);
                }
                is_inside |= is_large;
                any |= is_large;
            }
            let is_again = again || node.text.starts_with("CORRELATED");
            let is_large = self.look(&node.below, is_again, made, found);
            any |= is_large;
            if verb == "CO-ROUTINE" || verb == "MATERIALIZE" {
                made.insert(name, is_large);
            }
        }
        any
    }

    /// Whether what a plan calls by this name is a table that grows with the run.
    fn grows(&self, name: &str) -> bool {
        let name = name.rsplit('.').next().unwrap_or(name);
        let tables = self.aliases.get(name);
        tables.is_some_and(|tables| tables.iter().any(|table| GROWING.contains(&table.as_str())))
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        fn write(nodes: &[Node], depth: usize, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            for node in nodes {
                writeln!(out, "{:depth$}{}", "", node.text)?;
                write(&node.below, depth + 2, out)?;
            }
            Ok(())
        }
        write(&self.top, 4, out)
    }
}

/// The children of the node `parent`, which is among the nodes so far; 0 is above all.
fn below(nodes: &mut Vec<Node>, parent: i64) -> &mut Vec<Node> {
    fn find(nodes: &mut [Node], id: i64) -> Option<&mut Node> {
        nodes.iter_mut().find_map(|node| if node.id == id { Some(node) } else { find(&mut node.below, id) })
    }
    if parent == 0 {
        return nodes;
    }
    &mut find(nodes, parent).expect("SQLite tells of a node before those below it").below
}

fn is_wide(text: &str) -> bool {
    let by_rowid = text.contains("PRIMARY KEY (rowid>?") && !text.contains("rowid<?");
    by_rowid || WIDE.iter().any(|(index, terms)| text.contains(&format!(" {index} {terms}")))
}

/// The tables of the file, and the names by which a statement and the views that it asks call them.
fn aliases(connection: &Connection, sql: &str) -> rusqlite::Result<BTreeMap<String, BTreeSet<String>>> {
    let schema = "SELECT name, type, sql FROM sqlite_schema UNION ALL SELECT name, type, sql FROM sqlite_temp_schema";
    let mut statement = connection.prepare_cached(schema)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut texts = vec![sql.to_owned()];
    for row in rows {
        let (name, kind, text): (String, String, Option<String>) = row?;
        match kind.as_str() {
            "table" => drop(known.insert(name.clone(), [name].into())),
            "view" => texts.extend(text),
            _ => {}
        }
    }
    let mut views = texts.split_off(1);
    let mut at = 0;
    while at < texts.len() {
        let words: BTreeSet<String> = words(&texts[at]).map(str::to_owned).collect();
        let asked = |view: &String| view.split(' ').nth(2).is_some_and(|name| words.contains(name));
        let (more, left): (Vec<String>, Vec<String>) = views.into_iter().partition(asked);
        (views, at) = (left, at + 1);
        texts.extend(more);
    }
    for text in &texts {
        let words: Vec<&str> = words(text).collect();
        for named in words.windows(4) {
            if let ["FROM" | "JOIN", table, "AS", alias] = named
                && let Some(tables) = table.rsplit('.').next().and_then(|table| known.get(table)).cloned()
            {
                known.entry((*alias).to_owned()).or_default().extend(tables);
            }
        }
    }
    Ok(known)
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|it: char| !it.is_alphanumeric() && it != '_' && it != '.').filter(|it| !it.is_empty())
}

/// Whether a trigger that a statement fires reads a table from its beginning or sorts: the plan is silent about
/// triggers, the program has each of them as one of its own.
fn scans_in_triggers(connection: &Connection, sql: &str) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare(&format!("EXPLAIN {sql}"))?;
    let mut rows = statement.raw_query();
    let mut programs = 0;
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>("addr")? == 0 {
            programs += 1;
        }
        let opcode: String = row.get("opcode")?;
        if programs > 1 && matches!(opcode.as_str(), "Rewind" | "SorterOpen" | "OpenAutoindex") {
            return Ok(true);
        }
    }
    Ok(false)
}
