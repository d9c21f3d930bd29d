//! Two run files, or two variants of one, side by side: configuration, rows, outputs and verdicts that differ.
//!
//! [`open`] attaches both files to one connection, a single one twice, and [`Comparison`] counts and visits what
//! differs. Rows and work items are matched by their keys (`row_id`, `work_id`), never by their position. SQLite pairs
//! them in temporary tables on disk, so that memory does not grow with the files. Neither file is changed.

mod detail;
mod part;
mod sides;

use std::path::Path;

use rusqlite::{Connection, Row, Transaction};
use serde_json::Value;

use super::difference::{Change, Difference};
use super::{OpenError, count};
use crate::store::{self, sql};
pub use detail::DiffDetail;
use detail::{columns_of, object, output, verdict};
pub use part::DiffPart;
pub use sides::{DiffSides, UnknownVariant};

/// How much of a part differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiffCounts {
    pub part: DiffPart,
    pub only_a: u64,
    pub only_b: u64,
    /// Both have it, and it is not the same.
    pub differ: u64,
    /// `None` for configurations, where it is not counted.
    pub equal: Option<u64>,
}

impl DiffCounts {
    /// How many are not the same.
    #[must_use]
    pub fn differing(&self) -> u64 {
        self.only_a + self.only_b + self.differ
    }
}

/// The rows of a plan.
struct PlannedRows {
    dataset: i64,
    columns: Vec<Value>,
    key: Option<String>,
}

/// Two run files, each as it was at one moment.
pub struct Comparison<'c> {
    tx: Transaction<'c>,
    config: Vec<Difference>,
    rows: [Option<PlannedRows>; 2],
    sides: DiffSides,
    /// Sentences on why less can be compared than one might expect.
    pub notes: Vec<String>,
}

/// Opens two run files to be compared.
pub fn open(a: &Path, b: &Path) -> Result<Connection, OpenError> {
    store::open_pair(a, b)
}

impl<'c> Comparison<'c> {
    /// Reads and pairs what the `chosen` parts of both `sides` need.
    pub fn begin(connection: &'c Connection, sides: DiffSides, chosen: &[DiffPart]) -> rusqlite::Result<Self> {
        let tx = connection.unchecked_transaction()?;
        let config = sides.configurations(&tx)?;
        let rows = sql::DIFF_DATASETS
            .row(&tx, &[], |row| Ok([rows(row, "a", "columns_a", "key_a")?, rows(row, "b", "columns_b", "key_b")?]))?;
        let mut comparison = Self { tx, config, rows, sides, notes: Vec::new() };
        if chosen.contains(&DiffPart::Rows) {
            comparison.pair_rows()?;
        }
        if chosen.iter().any(|it| matches!(it, DiffPart::Outputs | DiffPart::Verdicts)) {
            sql::DIFF_CREATE_ITEM_PAIR.execute(&comparison.tx, &[])?;
            let [a, b] = comparison.sides.variants();
            let of: &[(&'static str, &dyn rusqlite::ToSql)] =
                &[(":variant_a", &a), (":variant_b", &b), (":repeat", &comparison.sides.repeat())];
            sql::DIFF_PAIR_ITEMS.execute(&comparison.tx, of)?;
        }
        comparison.note()?;
        Ok(comparison)
    }

    fn pair_rows(&self) -> rusqlite::Result<()> {
        sql::DIFF_CREATE_ROW_PAIR.execute(&self.tx, &[])?;
        sql::DIFF_CREATE_SHARED_COLUMN.execute(&self.tx, &[])?;
        let [a, b] = &self.rows;
        let columns =
            |it: &Option<PlannedRows>| Value::from(it.as_ref().map_or_else(Vec::new, |it| it.columns.clone()));
        let dataset = |it: &Option<PlannedRows>| it.as_ref().map(|it| it.dataset);
        let [columns_a, columns_b] = [columns(a), columns(b)];
        sql::DIFF_FIND_SHARED_COLUMNS.execute(&self.tx, &[(":columns_a", &columns_a), (":columns_b", &columns_b)])?;
        sql::DIFF_PAIR_ROWS.execute(
            &self.tx,
            &[(":a", &dataset(a)), (":b", &dataset(b)), (":same_columns", &(columns_a == columns_b))],
        )?;
        Ok(())
    }

    fn note(&mut self) -> rusqlite::Result<()> {
        let running = sql::DIFF_RUNNING.row(&self.tx, &[], |row| Ok([row.get("a")?, row.get("b")?]))?;
        for (name, running) in ["A", "B"].into_iter().zip(running) {
            if running && self.sides == DiffSides::Files {
                self.notes.push(format!("a run is going on in {name}, or was killed: this is how it stands now"));
            }
        }
        if let DiffSides::Variants { names: [a, b], repeat, .. } = &self.sides {
            let running = if running[0] { "; a run is going on, or was killed: this is how it stands now" } else { "" };
            self.notes.push(format!("A is the variant {a}, B is {b}, in repeat {repeat}{running}"));
            return Ok(());
        }
        for (name, rows) in ["A", "B"].into_iter().zip(&self.rows) {
            if rows.is_none() {
                self.notes.push(format!("{name} has no plan yet"));
            }
        }
        if let [Some(a), Some(b)] = &self.rows
            && a.key != b.key
        {
            let key = |it: &PlannedRows| match &it.key {
                Some(key) => format!("by the column `{key}`"),
                None => "by all their fields".to_owned(),
            };
            self.notes.push(format!(
                "rows are told apart {} in A and {} in B (`input.key`): few of them, or none, can be matched",
                key(a),
                key(b)
            ));
        }
        Ok(())
    }

    /// How much of a part differs.
    pub fn counts(&self, part: DiffPart) -> rusqlite::Result<DiffCounts> {
        match part {
            DiffPart::Config => {
                let of = |change| self.config.iter().filter(|it| it.change == change).count() as u64;
                Ok(DiffCounts {
                    part,
                    only_a: of(Change::Removed),
                    only_b: of(Change::Added),
                    differ: of(Change::Changed),
                    equal: None,
                })
            }
            DiffPart::Rows => {
                let names = ["only_a", "only_b", "differ", "equal"];
                let mut counts = sql::DIFF_ROW_COUNTS.row(&self.tx, &[], |row| counted(part, row, names))?;
                for column in self.columns() {
                    match column.change {
                        Change::Removed => counts.only_a += 1,
                        _ => counts.only_b += 1,
                    }
                }
                Ok(counts)
            }
            DiffPart::Outputs => {
                let names = ["outputs_only_a", "outputs_only_b", "outputs_differ", "outputs_equal"];
                sql::DIFF_ITEM_COUNTS.row(&self.tx, &[], |row| counted(part, row, names))
            }
            DiffPart::Verdicts => {
                let names = ["verdicts_only_a", "verdicts_only_b", "verdicts_differ", "verdicts_equal"];
                sql::DIFF_ITEM_COUNTS.row(&self.tx, &[], |row| counted(part, row, names))
            }
        }
    }

    /// Visits the differences of a part, of at most `limit` rows, work items or settings. Returns how many of these
    /// there were.
    pub fn each<E: From<rusqlite::Error>>(
        &self,
        part: DiffPart,
        limit: Option<u64>,
        visitor: &mut dyn FnMut(DiffDetail) -> Result<(), E>,
    ) -> Result<u64, E> {
        let most = limit.map_or(-1, |it| i64::try_from(it).unwrap_or(i64::MAX));
        match part {
            DiffPart::Config => {
                let shown = self.config.iter().take(usize::try_from(most).unwrap_or(usize::MAX));
                let mut reported = 0;
                for difference in shown {
                    reported += 1;
                    visitor(DiffDetail::of(part, difference.clone()))?;
                }
                Ok(reported)
            }
            DiffPart::Rows => self.each_row(most, visitor),
            DiffPart::Outputs | DiffPart::Verdicts => self.each_item(part, most, visitor),
        }
    }

    /// Returns the columns that only one of the files has.
    fn columns(&self) -> Vec<Difference> {
        let [Some(a), Some(b)] = &self.rows else { return Vec::new() };
        let only = |one: &PlannedRows, two: &PlannedRows| {
            one.columns.iter().filter(|it| !two.columns.contains(it)).cloned().collect::<Vec<_>>()
        };
        let gone = only(a, b).into_iter().map(|it| Difference::removed("columns", it));
        gone.chain(only(b, a).into_iter().map(|it| Difference::added("columns", it))).collect()
    }

    fn each_row<E: From<rusqlite::Error>>(
        &self,
        most: i64,
        visitor: &mut dyn FnMut(DiffDetail) -> Result<(), E>,
    ) -> Result<u64, E> {
        let part = DiffPart::Rows;
        let mut reported = 0;
        for column in self.columns() {
            reported += 1;
            visitor(DiffDetail::of(part, column))?;
        }
        let names = |it: &Option<PlannedRows>| it.as_ref().map_or_else(Vec::new, |it| it.columns.clone());
        let [columns_a, columns_b] = [names(&self.rows[0]), names(&self.rows[1])];
        sql::DIFF_ROWS.each(&self.tx, &[(":most", &most)], |row| {
            reported += 1;
            let id: String = row.get("row_id")?;
            let index: Option<i64> = row.get::<_, Option<i64>>("index_a")?.or(row.get("index_b")?);
            let a = object(&columns_a, row.get("fields_a")?);
            let b = object(&columns_b, row.get("fields_b")?);
            let differences = match (a, b) {
                (Some(a), Some(b)) => columns_of(&columns_a, &a, &b),
                (Some(a), None) => vec![Difference::removed("row", a)],
                (None, b) => vec![Difference::added("row", b.unwrap_or_default())],
            };
            differences.into_iter().try_for_each(|difference| {
                let (id, row) = (Some(id.clone()), index.map(|it| it + 1));
                visitor(DiffDetail { id, row, ..DiffDetail::of(part, difference) })
            })
        })?;
        Ok(reported)
    }

    fn each_item<E: From<rusqlite::Error>>(
        &self,
        part: DiffPart,
        most: i64,
        visitor: &mut dyn FnMut(DiffDetail) -> Result<(), E>,
    ) -> Result<u64, E> {
        let verdicts = part == DiffPart::Verdicts;
        let mut reported = 0;
        sql::DIFF_ITEMS.each(&self.tx, &[(":verdicts", &verdicts), (":most", &most)], |row| {
            reported += 1;
            let index: Option<i64> = row.get("row_index")?;
            let differences = if verdicts { verdict(row)? } else { output(row)? };
            differences.into_iter().try_for_each(|difference| {
                visitor(DiffDetail {
                    part,
                    step: row.get("step")?,
                    id: row.get("work_id")?,
                    row: index.map(|it| it + 1),
                    group: row.get("group_key")?,
                    difference,
                })
            })
        })?;
        Ok(reported)
    }
}

fn rows(row: &Row<'_>, dataset: &str, columns: &str, key: &str) -> rusqlite::Result<Option<PlannedRows>> {
    let Some(dataset) = row.get(dataset)? else { return Ok(None) };
    let columns = match row.get(columns)? {
        Some(Value::Array(columns)) => columns,
        _ => Vec::new(),
    };
    Ok(Some(PlannedRows { dataset, columns, key: row.get(key)? }))
}

fn counted(part: DiffPart, row: &Row<'_>, [only_a, only_b, differ, equal]: [&str; 4]) -> rusqlite::Result<DiffCounts> {
    Ok(DiffCounts {
        part,
        only_a: count(row, only_a)?,
        only_b: count(row, only_b)?,
        differ: count(row, differ)?,
        equal: Some(count(row, equal)?),
    })
}
