//! Planning a project for a scene, on a run file that is gone afterwards.

use std::path::Path;

use rusqlite::Connection;

use super::choose::{row_number, wanted};
use super::error::RenderError;
use super::scene::Scene;
use super::target::RenderTarget;
use crate::config::Each;
use crate::engine::audience::Audience;
use crate::engine::compile::CompiledStep;
use crate::engine::error::EngineError;
use crate::engine::input::InputReader;
use crate::engine::options::RunEvent;
use crate::engine::pipeline::{Pipeline, Policy};
use crate::engine::session::Session;
use crate::project::{Project, Setup};
use crate::stage::ingest::{Dataset, SourceFile};
use crate::store::{self, Access};

/// The input of a scene.
pub(super) struct SceneInput {
    pub(super) source: SourceFile,
    pub(super) table: InputReader,
    pub(super) compiled: Vec<CompiledStep>,
}

/// Plans `project` on a copy of the run file `db`, or on a new one, in a folder that is gone afterwards; then does
/// `work`. Where all `targets` are rows of steps over the input, only the work items up to these rows are opened.
pub(super) fn with_scene<T>(
    project: &Project,
    db: Option<&Path>,
    input: SceneInput,
    targets: &[&RenderTarget],
    watch: &mut dyn FnMut(&RunEvent),
    work: impl FnOnce(&Scene<'_>) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let folder = tempfile::tempdir().map_err(RenderError::Scratch)?;
    let path = folder.path().join("render.db");
    if let Some(db) = db {
        match store::open(db, Access::Read) {
            Ok(record) => store::copy(&record, &path).map_err(|error| EngineError::from(error).of_file(db))?,
            // A run that was killed in its first moments leaves an empty file.
            Err(store::OpenError::Empty(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut notes = |event: &RunEvent| {
        if let RunEvent::Note(_) = event {
            watch(event);
        }
    };
    let mut audience = Audience::new(&mut notes);
    Session::hold(&path, Access::Create, "render", None, |session| {
        // The copy has to survive no crash.
        session.connection.execute_batch("PRAGMA synchronous = OFF")?;
        let mut pipeline = Pipeline::new(session, project, Policy::RENDERING, &mut audience);
        pipeline.contract()?;
        let dataset = pipeline.ingest(&input.source, input.table)?;
        pipeline.policy.limit = limit(&pipeline.session.connection, project, &dataset, targets)?;
        let planned = pipeline.prepare(input.compiled, &dataset)?;
        pipeline.plan(&planned, &dataset, Some(&input.source))?;
        let connection = &session.connection;
        planned.documents.load(connection)?;
        work(&Scene { connection, project, planned: &planned, dataset: &dataset })
    })
}

/// How many rows have to be planned in full, so that images of others are not read; `None` for all.
fn limit(
    connection: &Connection,
    project: &Project,
    dataset: &Dataset,
    targets: &[&RenderTarget],
) -> Result<Option<u64>, EngineError> {
    let mut most = 1;
    for target in targets {
        let of_input = |setup: &Setup| setup.config.step.each == Each::Source;
        let steps = wanted(project, target.step.as_deref());
        if !steps.iter().all(|place| of_input(&project.steps[*place])) {
            return Ok(None);
        }
        // A key that no row has is told of where its case is.
        let row = match row_number(connection, project, dataset, &target.row) {
            Err(EngineError::Render(RenderError::NoKey(_))) => None,
            row => row?,
        };
        most = most.max(row.unwrap_or(1));
    }
    Ok(Some(most))
}
