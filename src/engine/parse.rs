//! Reading recorded answers again by the current rules: contract, plan and generate from the record alone.
//!
//! A request's id is the digest of its content, and a prompt may show the schema. So answers are read by the new rules,
//! while requests stay as they were (see [`Project::reading`]), so that the tape answers them. The configuration on
//! record has both, so that a replay has the same result.

use std::path::PathBuf;

use rusqlite::Connection;

use super::audience::Audience;
use super::compile;
use super::error::EngineError;
use super::live::refuse_live_file;
use super::options::RunEvent;
use super::pipeline::{Pipeline, Policy};
use super::recorded::recorded;
use super::servers::{self, Inquiry};
use super::session::{Session, now};
use crate::project::{Project, ProjectSource};
use crate::stage::record;
use crate::store::{Access, sql};

#[derive(Clone, Debug, Default)]
pub struct ParseOptions {
    pub db: PathBuf,
    /// The configuration with the rules; `None`: the recorded one.
    pub config: Option<PathBuf>,
    /// Values that override the configuration: dotted keys and YAML.
    pub overrides: Vec<(String, String)>,
}

/// The number of work items by how their outputs changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseSummary {
    /// Accepted with the same output as before.
    pub same: u64,
    /// Accepted with another output.
    pub changed: u64,
    /// Accepted now, and not before.
    pub gained: u64,
    /// Accepted before, and not now.
    pub lost: u64,
    /// Rejected or failed, and not accepted before.
    pub still_not: u64,
    /// Without an answer on record.
    pub open: u64,
    /// Skipped or blocked.
    pub held_back: u64,
}

/// Reads the answers on record again. No model is asked.
pub fn parse(options: &ParseOptions, watch: &mut dyn FnMut(&RunEvent)) -> Result<ParseSummary, EngineError> {
    // Errors in the configuration are found before anything is written.
    let wanted = match &options.config {
        Some(config) => Some(Project::of(ProjectSource::written(config, &options.overrides))?),
        None => None,
    };
    if let Some(setup) = wanted.iter().flat_map(|project| &project.steps).find(|setup| setup.unwritten) {
        let path = setup.config.schema.as_ref().and_then(|schema| schema.path.clone()).unwrap_or_default();
        return Err(EngineError::Unwritten { path: setup.dir.join(path) });
    }
    Session::hold(&options.db, Access::Write, "parse", None, |session| read_again(session, wanted, watch))
}

fn read_again(
    session: &mut Session,
    wanted: Option<Project>,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<ParseSummary, EngineError> {
    refuse_live_file(&session.connection, &session.path)?;
    let earlier = recorded(&session.connection, &session.path)?;
    let (dataset, knowledge) = (earlier.dataset, earlier.knowledge);
    let mut project = match wanted {
        Some(project) => {
            // The answers on record were asked of the servers on record.
            let known = servers::detected(&session.connection)?;
            servers::resolve_with(project, &known, Inquiry::Record)?.0.reading(&earlier.project)
        }
        None => earlier.project,
    };
    let compiled = compile::compile_all(&mut project, &dataset.columns, &dataset.kinds)?;
    let invocation = session.invocation;
    let tx = session.transaction()?;
    let config = record::configuration(&tx, &project.snapshot, &now())?;
    sql::PARSE_CONFIGURE.execute(&tx, &[(":config", &config), (":invocation", &invocation)])?;
    sql::PARSE_CREATE_READ_BEFORE.execute(&tx, &[])?;
    sql::PARSE_REMEMBER.execute(&tx, &[])?;
    tx.commit()?;

    // The summary suffices; the stages are not reported.
    let mut watch = |progress: &RunEvent| {
        if !matches!(progress, RunEvent::Stage { .. }) {
            watch(progress);
        }
    };
    let mut audience = Audience::new(&mut watch);
    let mut pipeline = Pipeline::new(session, &project, Policy::FROM_RECORD, &mut audience);
    pipeline.knowledge = knowledge;
    pipeline.contract()?;
    let planned = pipeline.prepare(compiled, &dataset)?;
    pipeline.plan(&planned, &dataset, None)?;
    pipeline.generate(&planned)?;
    compared(&session.connection)
}

/// Counts the work items by how their outputs changed.
fn compared(connection: &Connection) -> Result<ParseSummary, EngineError> {
    let parsed = sql::PARSE_COMPARE.row(connection, &[], |row| {
        let count = |name: &str| row.get::<_, i64>(name).map(i64::unsigned_abs);
        Ok(ParseSummary {
            same: count("same")?,
            changed: count("changed")?,
            gained: count("gained")?,
            lost: count("lost")?,
            still_not: count("still_not")?,
            open: count("open")?,
            held_back: count("held_back")?,
        })
    })?;
    Ok(parsed)
}
