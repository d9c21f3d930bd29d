//! Brings the run file up to the task when a live run begins.
//!
//! What is decided stays as it is, whatever its task was: a row that comes again is looked at then. What is open is
//! opened for the present task.

use std::path::Path;

use rusqlite::Connection;

use super::error::LiveError;
use super::project::Columns;
use crate::engine::error::EngineError;
use crate::engine::pipeline::Pipeline;
use crate::engine::planned::Planned;
use crate::engine::session::{Session, now};
use crate::engine::stages::results_view;
use crate::record::Stage;
use crate::stage::derive::{self, Links, PendingDerivation};
use crate::stage::ingest::{self, Dataset, FirstInput, SourceFile, first_input, parse_typed_fields};
use crate::stage::plan::{self, PlanRequest};
use crate::stage::record;
use crate::store::sql;

/// Refuses a run file of a live run, for commands that plan from a table.
pub fn refuse_live_file(connection: &Connection, path: &Path) -> Result<(), EngineError> {
    match first_input(connection)? {
        FirstInput::Live(_) => Err(LiveError::OfService(path.to_owned()).into()),
        FirstInput::Nothing | FirstInput::Whole => Ok(()),
    }
}

/// The data set that says what the columns are: that of the run file, or a new one.
pub(super) fn columns_on_record(
    session: &mut Session,
    source: &SourceFile,
    columns: &Columns,
) -> Result<Dataset, EngineError> {
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let db = session.path.clone();
    let known = match first_input(&session.connection)? {
        FirstInput::Live(dataset) => dataset,
        FirstInput::Whole => return Err(LiveError::OfTable(db).into()),
        FirstInput::Nothing => {
            let (dataset, _) =
                session.stage(Stage::Ingest, None, |tx, ctx| Ok(ingest::ingest_columns(tx, ctx, source, &names)?))?;
            return Ok(dataset);
        }
    };
    let said = |dataset: &Dataset, key: Option<&str>| {
        let columns = dataset.columns.iter().zip(&dataset.kinds);
        let columns: Vec<String> = columns
            .map(|(name, kind)| match kind.word() {
                Some(kind) if kind != "any" => format!("{name} ({kind})"),
                _ => name.clone(),
            })
            .collect();
        format!("{}{}", columns.join(", "), key.map_or(String::new(), |key| format!(" with the key {key}")))
    };
    let key: Option<String> =
        sql::INGEST_DATASET.row(&session.connection, &[(":dataset", &known.id)], |row| row.get("key_column"))?;
    let wanted = Dataset { columns: names, kinds: source.kinds.clone(), ..known.clone() };
    let (before, now) = (said(&known, key.as_deref()), said(&wanted, source.key.as_deref()));
    if before != now {
        return Err(LiveError::OtherColumns { db, before, now }.into());
    }
    Ok(known)
}

/// Records what every step is planned from, and opens what is open for the present tasks.
pub(super) fn plan_steps(
    pipeline: &mut Pipeline<'_, '_>,
    planned: &Planned,
    dataset: &Dataset,
    requests: &[PlanRequest<'_>],
) -> Result<(), EngineError> {
    let (invocation, project) = (pipeline.session.invocation, pipeline.project);
    let tx = pipeline.session.transaction()?;
    for (task, _) in &planned.tasks {
        record::planned(&tx, invocation, task.step, task.row, planned.links.planned_from(dataset), &now())?;
    }
    results_view(&tx, project, dataset)?;
    for link in &planned.links.all {
        sql::STANDING_HAND_ON_STALE.execute(&tx, &[(":step", &link.step), (":task", &link.task)])?;
    }
    tx.commit()?;
    for request in requests {
        while open_stale(pipeline.session, request)? {}
    }
    hand_on(pipeline.session, &planned.links)
}

/// Hands on what an earlier process has left, and what waits for another task.
fn hand_on(session: &mut Session, links: &Links) -> Result<(), EngineError> {
    let mut under_way = PendingDerivation::default();
    loop {
        let tx = session.transaction()?;
        let handed = derive::hand_on(&tx, links, &mut under_way)?;
        tx.commit()?;
        if !handed.is_more {
            return Ok(());
        }
    }
}

/// Opens the next open work items of a step that wait for another task; returns whether there may be more.
fn open_stale(session: &mut Session, request: &PlanRequest<'_>) -> Result<bool, EngineError> {
    let tx = session.transaction()?;
    let of = [(":step", &request.step as &dyn rusqlite::ToSql), (":after", &-1), (":task", &request.task)];
    let found = sql::LIVE_STALE.all(&tx, &of, |row| {
        let fields = parse_typed_fields(row.get_ref("fields")?.as_str()?)?;
        Ok((row.get::<_, i64>("id")?, row.get::<_, crate::record::RowId>("row_id")?, fields))
    })?;
    let is_any = !found.is_empty();
    let mut buffer = Vec::new();
    for (standing, row_id, fields) in found {
        let item = plan::row_item(&tx, request, row_id, &fields, &mut buffer)?;
        plan::open_for(&tx, request, standing, item.cache_id)?;
    }
    tx.commit()?;
    Ok(is_any)
}
