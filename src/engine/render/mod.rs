//! Rendering: what would be sent for a work item, without asking anything.
//!
//! [`render`] plans the project as a run does, on a copy of the run file in a temporary folder (on a new one, if there
//! is none), takes the answers on record, and shows the questions that the work item asks: the same code makes them in
//! a run, so that their ids and bytes are those that a run sends. Nothing is written beside the project, and no key is
//! read.
//!
//! `plan` plans, `scene` and `choose` find work items, `walk` follows their questions, `model` is what is shown,
//! `cases` holds it to expectations, and `pending` shows the next request of a recorded work item.

mod cases;
mod choose;
mod error;
mod model;
mod pending;
mod plan;
mod scene;
mod target;
mod walk;

use std::borrow::Cow;
use std::path::PathBuf;

use super::acquire;
use super::compile;
use super::error::EngineError;
use super::input;
use super::model_notes;
use super::options::{RunEvent, RunOptions};
use super::run::db_path;
use super::servers::{self, Inquiry};
use crate::project::Project;
use crate::store::OpenError;
use plan::{SceneInput, with_scene};
use scene::Found;

pub use cases::{CaseOutcome, CasesOutcome, Mismatch, check_cases};
pub use error::RenderError;
pub use model::{RenderedImage, RenderedMessage, RenderedRequest, WireKey, WireRequest};
pub use pending::next_request;
pub use target::{RenderTarget, RowChoice};

/// What a run would send.
#[derive(Debug)]
pub struct Rendering {
    pub requests: Vec<RenderedRequest>,
    /// Why steps have no request to show, each with what to do about it.
    pub notes: Vec<(String, Option<String>)>,
    /// The run file that the outputs and answers are from, if there is one.
    pub db: Option<PathBuf>,
}

/// Renders the requests that `target` names. Nothing is asked, and nothing is written.
pub fn render(
    options: &RunOptions,
    target: &RenderTarget,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<Rendering, EngineError> {
    let (mut project, db) = project(options, watch)?;
    let input = opened(&mut project, watch)?;
    let Found { requests, others } =
        with_scene(&project, db.as_deref(), input, &[target], watch, |scene| scene.find(target))?;
    let notes = others.iter().map(|error| (error.to_string(), error.hint().map(Cow::into_owned))).collect();
    Ok(Rendering { requests, notes, db })
}

/// The project, and its run file where there is one.
fn project(options: &RunOptions, watch: &mut dyn FnMut(&RunEvent)) -> Result<(Project, Option<PathBuf>), EngineError> {
    let project = Project::of(options.origin())?;
    let unwritten = project.steps.iter().find(|setup| setup.unwritten);
    if let Some(setup) = unwritten {
        let path = setup.config.schema.as_ref().and_then(|schema| schema.path.clone()).unwrap_or_default();
        return Err(EngineError::Unwritten { path: setup.dir.join(path) });
    }
    let db = db_path(options, &project);
    // A run file that is named has to be there.
    if options.db.is_some() && !db.exists() {
        return Err(OpenError::Missing(db).into());
    }
    let project = acquire::with_recorded(project, &db)?;
    let db = (options.db.is_some() || db.exists()).then_some(db);
    let (project, servers) = servers::resolve(project, db.as_deref(), Inquiry::Record)?;
    servers.notes.into_iter().for_each(|note| watch(&RunEvent::Note(note)));
    Ok((project, db))
}

/// The input of a project, with its templates compiled against it.
fn opened(project: &mut Project, watch: &mut dyn FnMut(&RunEvent)) -> Result<SceneInput, EngineError> {
    let (source, table) = input::open(project)?;
    let compiled = compile::compile_all(project, table.columns(), &source.kinds)?;
    let notes = source.inferred(table.columns()).into_iter();
    let notes = notes.chain(model_notes::pinned(project));
    let notes = notes.chain(compiled.iter().flat_map(|it| it.notes.iter().cloned()));
    notes.for_each(|note| watch(&RunEvent::Note(note)));
    Ok(SceneInput { source, table, compiled })
}
