//! Rules about work items and standings: each has the id of its content and the id of its exact task, and is counted.
//!
//! Every standing is read once, step by step in the order of the task, so that sources are read before the work items
//! derived from them.

use std::collections::HashMap;

use rusqlite::Connection;
use serde_json::Value;

use super::columns::column_list;
use super::derived::{Derived, SourceItems};
use super::source::{fits, one_fewer};
use super::standing::CheckedStanding;
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::record::{ColumnKind, SourceKind, VariantAt, WorkId, WorkStatus};
use crate::stage::author::task_input_id;
use crate::stage::derive::{Links, Nodes};
use crate::stage::ingest::{DOCUMENTS, LIVE, document_columns_seen, kinds_of, read_typed_fields, sorted_columns};
use crate::stage::plan::{self, Identity};
use crate::store::sql;

/// The parts of a data set on which exact tasks depend.
pub(super) struct DatasetColumns {
    sorted: Vec<usize>,
    row_count: i64,
    /// Whether its rows came one by one, so that each has a data set of its own time.
    is_live: bool,
    /// Reads the outputs from which work items are derived.
    pub(super) links: Links,
}

/// A recorded step.
pub(super) struct CheckedStep {
    pub(super) id: i64,
    /// The step that its work items belong to.
    base: i64,
    pub(super) name: String,
    pub(super) at: VariantAt,
    /// The data set and the task (rowids) of its latest plan.
    plan: Option<(i64, i64)>,
}

/// Checks work items and standings.
pub(super) fn check(connection: &Connection) -> Result<Vec<VerifyCheck>, EngineError> {
    let mut pass = WorkItemCheck {
        connection,
        items: VerifyCheck::new("work items and their exact tasks have the ids of their content"),
        rows: VerifyCheck::new("every row of the input is planned"),
        conserved: VerifyCheck::new("rows are conserved in every step"),
        sources: VerifyCheck::new("what work items are made from is there, and counted as long as it is open"),
        datasets: HashMap::new(),
        reading_lines: HashMap::new(),
        planned_with: HashMap::new(),
        derived: Derived::default(),
        counts: HashMap::new(),
        buffer: Vec::new(),
    };
    let steps = sql::VERIFY_STEPS.all(connection, &[], |row| {
        let at = VariantAt { number: row.get("variant")?, repeat: row.get("repeat")? };
        Ok((row.get("id")?, row.get("base")?, row.get("name")?, at))
    })?;
    for (id, base, name, at) in steps {
        let plan = sql::RECORD_LATEST_PLAN
            .first(connection, &[(":step", &id)], |row| Ok((row.get("dataset")?, row.get("task")?)))?;
        pass.step(&CheckedStep { id, base, name, at, plan })?;
    }
    pass.edges()?;
    pass.tally()?;
    Ok(vec![pass.items, pass.rows, pass.conserved, pass.sources])
}

struct WorkItemCheck<'c> {
    connection: &'c Connection,
    items: VerifyCheck,
    rows: VerifyCheck,
    conserved: VerifyCheck,
    sources: VerifyCheck,
    /// By data set (rowid) and variant: what its work items are made from has the lines of that variant.
    datasets: HashMap<(i64, VariantAt), DatasetColumns>,
    /// The tasks (rowids) that read the lines at which rows of documents stand, and those that do not.
    reading_lines: HashMap<i64, bool>,
    /// Whether each step was planned with each task (rowids).
    planned_with: HashMap<(i64, i64), bool>,
    derived: Derived,
    /// The number of work items by step, variant and status.
    counts: HashMap<(i64, i64, String), i64>,
    buffer: Vec<u8>,
}

/// The number of work items and input rows that a step has planned.
#[derive(Default)]
struct InputCount {
    items: i64,
    rows: i64,
}

impl WorkItemCheck<'_> {
    fn step(&mut self, step: &CheckedStep) -> Result<(), EngineError> {
        let mut planned = InputCount::default();
        sql::VERIFY_STANDINGS.each::<EngineError>(self.connection, &[(":step", &step.id)], |row| {
            let standing = CheckedStanding::read(row)?;
            self.identity(step, &standing)?;
            if standing.planned {
                let key = (step.id, row.get("variant")?, standing.status.clone());
                *self.counts.entry(key).or_default() += 1;
            }
            match standing.kind {
                Some(SourceKind::Row | SourceKind::Group) if standing.planned => {
                    self.of_input(step, &standing, &mut planned)?;
                }
                Some(SourceKind::Task) if standing.planned => self.of_task(step, &standing)?,
                Some(SourceKind::Output | SourceKind::Element | SourceKind::Pair | SourceKind::Join) => {
                    self.of_others(step, &standing)?;
                }
                _ => {}
            }
            Ok(())
        })?;
        // That rows which came one by one are planned is a rule of its own.
        if planned.items > 0 && !self.is_live(step)? {
            let expected = match step.plan {
                Some((dataset, _)) => self.dataset(Some(dataset), step.at)?.row_count,
                None => -1,
            };
            self.rows.require(planned.rows == expected, || {
                format!("step {} has {} rows of {expected}", step.name, planned.rows)
            });
        }
        Ok(())
    }

    /// Whether a work item's id is the digest of its identity.
    fn identity(&mut self, step: &CheckedStep, standing: &CheckedStanding<'_>) -> Result<(), EngineError> {
        let source =
            standing.row.get_ref("source")?.as_str_or_null().map_err(rusqlite::Error::from)?.unwrap_or_default();
        let is_named = plan::work_id(&step.name, source) == standing.work_id;
        let is_of_kind = standing.kind.is_some_and(|kind| fits(kind, &standing.source));
        let same_step = standing.row.get::<_, i64>("item_step")? == step.base;
        self.items.require(is_named && is_of_kind && same_step, || named(step, standing.work_id));
        let Some(before) = one_fewer(&standing.source) else { return Ok(()) };
        let id = plan::work_id(&step.name, &before);
        let there: Option<bool> =
            sql::VERIFY_EQUAL_ITEM
                .first(self.connection, &[(":work_id", &id), (":step", &step.id)], |row| row.get("planned"))?;
        let counted = there.is_some_and(|planned| planned || !standing.planned);
        self.items.require(counted, || format!("{} is not numbered after its equals", named(step, standing.work_id)));
        Ok(())
    }

    /// A work item that is a row or a group.
    fn of_input(
        &mut self,
        step: &CheckedStep,
        standing: &CheckedStanding<'_>,
        planned: &mut InputCount,
    ) -> Result<(), EngineError> {
        let row = standing.row;
        let dataset: Option<i64> = row.get("dataset")?;
        let (position, task): (i64, i64) = (row.get("position")?, row.get("task")?);
        let index = row.get::<_, Option<i64>>("row_index")?.unwrap_or(position);
        let (is_placed, dataset) = if self.is_live(step)? {
            // Its place is its own, and its task one that the step was planned with.
            (position >= planned.items && self.was_planned(step.id, task)?, step.plan.map(|plan| plan.0))
        } else {
            let is_planned = step.plan.is_some_and(|plan| (dataset, task) == (Some(plan.0), plan.1));
            (position == planned.items && index == position && is_planned, dataset)
        };
        self.rows.require(is_placed, || {
            format!("{} has another place, data set or task than its plan", named(step, standing.work_id))
        });
        planned.items = position + 1;
        let images: Option<Value> = row.get("images")?;
        let group = match &standing.group_key {
            Some(key) => Some(plan::group_identity(row.get("group_context_id")?, key, row.get("row_count")?)),
            None => None,
        };
        let (is_there, input_id) = match (standing.kind, standing.row_id) {
            (Some(SourceKind::Row), Some(row_id)) => {
                planned.rows += 1;
                let mut buffer = std::mem::take(&mut self.buffer);
                let reads_lines = self.reads_lines(task)?;
                let columns = self.dataset(dataset, step.at)?;
                let keyed = columns.links.keyed;
                let fields = if keyed { read_typed_fields(row)? } else { Vec::new() };
                let seen = columns.links.is_documents.then(|| document_columns_seen(reads_lines));
                let sorted = seen.as_ref().unwrap_or(&columns.sorted);
                let identity = Identity { keyed, columns: &columns.links.columns, sorted };
                let id = identity.of_row(row_id, &fields, group, images.as_ref(), &mut buffer);
                self.buffer = buffer;
                (standing.source[1].as_str() == Some(row_id.to_string().as_str()), id)
            }
            (Some(SourceKind::Group), None) => {
                planned.rows += row.get::<_, Option<i64>>("row_count")?.unwrap_or_default();
                let is_there = standing.source[1].as_str() == standing.group_key.as_deref();
                (is_there, plan::group_input_id(group.unwrap_or_default(), images.as_ref()))
            }
            _ => {
                self.items.require(false, || format!("{} goes back to nothing", named(step, standing.work_id)));
                return Ok(());
            }
        };
        let is_exact = plan::cache_id(standing.work_id, input_id, standing.task_id, step.at.repeat).to_string()
            == standing.cache_id;
        self.items.require(is_there, || format!("{} goes back to something else", named(step, standing.work_id)));
        self.items.require(is_exact, || format!("exact task of {}", named(step, standing.work_id)));
        self.sources.require(standing.open_sources == 0, || waits(step, standing));
        self.derived.note(standing, &SourceItems::default());
        Ok(())
    }

    /// The work item that stands for the task itself.
    fn of_task(&mut self, step: &CheckedStep, standing: &CheckedStanding<'_>) -> Result<(), EngineError> {
        let item: Value = standing.row.get::<_, Option<Value>>("item")?.unwrap_or_default();
        let exact = plan::cache_id(standing.work_id, task_input_id(&item), standing.task_id, step.at.repeat);
        self.items.require(exact.to_string() == standing.cache_id, || {
            format!("exact task of {}", named(step, standing.work_id))
        });
        Ok(())
    }

    /// A derived work item.
    fn of_others(&mut self, step: &CheckedStep, standing: &CheckedStanding<'_>) -> Result<(), EngineError> {
        let sources = SourceItems::read(self.connection, standing.id)?;
        self.derived.note(standing, &sources);
        self.sources.require(standing.open_sources == sources.open(), || waits(step, standing));
        if !standing.planned {
            return Ok(());
        }
        let is_join = standing.kind == Some(SourceKind::Join);
        self.sources.require(sources.are_counted(is_join), || {
            format!("{}: what it waits for is not what is open", named(step, standing.work_id))
        });
        let is_settled = self.derived.is_settled(standing.id);
        self.sources.require(sources.fit(standing, is_settled), || {
            format!("{} is made from something else", named(step, standing.work_id))
        });
        if standing.cache_id.is_empty() {
            return Ok(());
        }
        let dataset = if self.is_live(step)? { step.plan.map(|plan| plan.0) } else { standing.row.get("dataset")? };
        let connection = self.connection;
        let reads_lines = self.reads_lines(standing.row.get("task")?)?;
        let columns = self.dataset(dataset, step.at)?;
        let is_exact = sources.are_exact(connection, (&columns.links, reads_lines), standing, is_settled)?;
        self.items.require(is_exact, || format!("exact task of {}", named(step, standing.work_id)));
        Ok(())
    }

    /// A data set, read once; 0 stands for none.
    fn dataset(&mut self, dataset: Option<i64>, at: VariantAt) -> rusqlite::Result<&DatasetColumns> {
        let id = dataset.unwrap_or_default();
        if !self.datasets.contains_key(&(id, at)) {
            let found = sql::VERIFY_DATASET.first(self.connection, &[(":dataset", &id)], |row| {
                let columns = column_list(&row.get("columns")?);
                let is_json = kinds_of(&row.get("types")?).contains(&ColumnKind::Json);
                let keyed = is_json || row.get::<_, Option<String>>("key_column")?.is_some();
                let sorted = sorted_columns(&columns);
                let is_documents = row.get_ref("format")?.as_str()? == DOCUMENTS;
                let keyed = keyed || is_documents;
                let nodes = Nodes::of(at);
                let links = Links { at, keyed, columns, is_documents, nodes, ..Links::default() };
                let is_live = row.get_ref("format")?.as_str()? == LIVE;
                Ok(DatasetColumns { sorted, row_count: row.get("row_count")?, is_live, links })
            })?;
            let (sorted, links) = (Vec::new(), Links::default());
            let none = || DatasetColumns { sorted, row_count: 0, is_live: false, links };
            self.datasets.insert((id, at), found.unwrap_or_else(none));
        }
        Ok(&self.datasets[&(id, at)])
    }

    /// Whether the rows of a step's plan came one by one.
    fn is_live(&mut self, step: &CheckedStep) -> rusqlite::Result<bool> {
        let Some((dataset, _)) = step.plan else { return Ok(false) };
        Ok(self.dataset(Some(dataset), step.at)?.is_live)
    }

    /// Whether a step was planned with a task.
    fn was_planned(&mut self, step: i64, task: i64) -> rusqlite::Result<bool> {
        if let Some(known) = self.planned_with.get(&(step, task)) {
            return Ok(*known);
        }
        let of = [(":step", &step as &dyn rusqlite::ToSql), (":task", &task)];
        let planned = sql::VERIFY_WAS_PLANNED.row(self.connection, &of, |row| row.get("planned"))?;
        self.planned_with.insert((step, task), planned);
        Ok(planned)
    }

    /// Whether a task reads the lines at which rows of documents stand.
    fn reads_lines(&mut self, task: i64) -> rusqlite::Result<bool> {
        if let Some(known) = self.reading_lines.get(&task) {
            return Ok(*known);
        }
        let parts: Option<Value> =
            sql::VERIFY_TASK_PARTS.first(self.connection, &[(":task", &task)], |row| row.get("parts"))?;
        let reads = parts.is_some_and(|parts| parts["reads_lines"] == Value::Bool(true));
        self.reading_lines.insert(task, reads);
        Ok(reads)
    }

    /// Checks that no other edges exist.
    fn edges(&mut self) -> Result<(), EngineError> {
        let all: i64 = sql::VERIFY_EDGES.row(self.connection, &[], |row| row.get("n"))?;
        let seen = self.derived.edges;
        self.sources.require(all == seen, || format!("{} edges lead to what is made from nothing", all - seen));
        Ok(())
    }

    /// Compares the recorded counts with the standings; every status must be known.
    fn tally(&mut self) -> Result<(), EngineError> {
        let mut kept: HashMap<(i64, i64, String), i64> = HashMap::new();
        sql::VERIFY_TALLY.each::<rusqlite::Error>(self.connection, &[], |row| {
            kept.insert((row.get("step")?, row.get("variant")?, row.get("status")?), row.get("items")?);
            Ok(())
        })?;
        let mut keys: Vec<&(i64, i64, String)> = kept.keys().chain(self.counts.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let count = |of: &HashMap<_, i64>| of.get(key).copied().unwrap_or_default();
            let (kept, counted) = (count(&kept), count(&self.counts));
            let is_known = key.2.parse::<WorkStatus>().is_ok();
            self.conserved.require(kept == counted && is_known, || {
                format!("step {}: {counted} work items are {}, {kept} by the counts that are kept", key.0, key.2)
            });
        }
        Ok(())
    }
}

pub(super) fn named(step: &CheckedStep, work_id: WorkId) -> String {
    format!("work item {work_id} of step {}", step.name)
}

fn waits(step: &CheckedStep, standing: &CheckedStanding<'_>) -> String {
    format!("{} waits for {} others", named(step, standing.work_id), standing.open_sources)
}
