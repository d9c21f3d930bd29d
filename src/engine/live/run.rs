//! A live run from its start to its end: [`live()`].

use serde_json::json;

use super::begin::{columns_on_record, plan_steps};
use super::column::RowShape;
use super::door::LiveDoor;
use super::options::{LiveOptions, LiveSummary, LiveTask};
use super::outcome::Refused;
use super::parts::{admission, live_task, requests};
use super::project::{self, Columns};
use super::rounds::LiveWork;
use crate::dispatch::calls;
use crate::engine::audience::Audience;
use crate::engine::channels;
use crate::engine::compile::{self, CompiledStep};
use crate::engine::error::EngineError;
use crate::engine::input::open_knowledge;
use crate::engine::options::RunEvent;
use crate::engine::pipeline::{Pipeline, Policy};
use crate::engine::planned::Planned;
use crate::engine::pricing::check_budget;
use crate::engine::servers::{self, FoundServer, Inquiry};
use crate::engine::session::{Session, now};
use crate::engine::{model_notes, notes};
use crate::project::Project;
use crate::record::ManifestStatus;
use crate::stage::ingest::live_source;
use crate::store::Access;
use crate::transport::Interrupts;

/// A live run whose configuration is checked.
struct Prepared<'a> {
    options: &'a LiveOptions,
    project: &'a Project,
    servers: &'a [FoundServer],
    columns: Columns,
    shape: RowShape,
    compiled: Vec<CompiledStep>,
}

/// Takes rows and decides them until no more may come. `opened` is called once, when all is checked and the run file is
/// open, with a door to give to those who have rows.
pub fn live(
    options: &LiveOptions,
    audience: &mut Audience<'_>,
    opened: impl FnOnce(LiveTask, LiveDoor),
) -> Result<LiveSummary, EngineError> {
    if !options.run.leaves_signals {
        Interrupts::listen()?;
    }
    let project = project::live_project(&options.run)?;
    project::check(&project)?;
    let columns = project::columns(&project)?;
    let db = project::db_path(&options.run, &project);
    let (mut project, servers) = servers::resolve(project, Some(&db), Inquiry::Network)?;
    let (names, kinds): (Vec<String>, Vec<_>) = columns.iter().cloned().unzip();
    let compiled = compile::compile_all(&mut project, &names, &kinds)?;
    check_budget(&project)?;
    let shape = project::shape(&project, &columns, &compiled);
    let said = servers.notes.iter().cloned().chain(model_notes::notes(&project, &options.run.overrides));
    let said = said.chain(notes::unread_variables(&compiled, &options.run.overrides));
    let said = said.chain(notes::unused_knowledge(&project, &compiled));
    for note in said.chain(compiled.iter().flat_map(|it| it.notes.iter().cloned())) {
        audience.see(&RunEvent::Note(note));
    }
    // Without a key nothing is written.
    let policy = Policy { max_failures: options.run.max_failures, ..Policy::EVERYTHING };
    let open = channels::open_all(&project, &policy.selection)?;
    let snapshot = Some(&project.snapshot).filter(|it| !it.is_null());
    let prepared = Prepared { options, project: &project, servers: &servers.found, columns, shape, compiled };
    Session::hold(&db, Access::Create, options.command, snapshot, |session| {
        let interrupts = project::interrupts(&options.run);
        session.heed(&interrupts)?;
        let mut pipeline = Pipeline::new(session, &project, policy, audience);
        pipeline.interrupts = interrupts;
        pipeline.channels = Some(open);
        prepared.hold(&mut pipeline, opened)
    })
}

impl Prepared<'_> {
    /// Does the work of the invocation.
    fn hold(
        self,
        pipeline: &mut Pipeline<'_, '_>,
        opened: impl FnOnce(LiveTask, LiveDoor),
    ) -> Result<LiveSummary, EngineError> {
        let Self { options, project, servers, columns, shape, compiled } = self;
        servers::record(pipeline.session, servers)?;
        note_beginning(pipeline);
        let input = &project.config.input;
        let settings = json!({"key": input.key, "normalise": input.normalise});
        let (names, kinds): (Vec<String>, Vec<_>) = columns.iter().cloned().unzip();
        let source = live_source(&names, &kinds, input.key.as_deref(), settings);
        let dataset = columns_on_record(pipeline.session, &source, &columns)?;
        pipeline.contract()?;
        pipeline.ingest_knowledge(open_knowledge(project)?)?;
        let mut planned = pipeline.prepare(compiled, &dataset)?;
        // Any row may have come before, whatever there was when the run began.
        planned.links.new.clear();
        planned.links.has_record = true;
        let requests = requests(project, &planned, &dataset);
        plan_steps(pipeline, &planned, &dataset, &requests)?;
        planned.documents.load(&pipeline.session.connection)?;
        let door = LiveDoor::new(shape, options.queue);
        let task = live_task(project, &planned, &door, pipeline.session);
        let admission = admission(pipeline.session, project, &planned, (source, names), requests, &door, &task)?;
        let models = pipeline.models()?;
        // From here on the first signal closes the door, and does not interrupt.
        let interrupts = pipeline.interrupts.clone();
        pipeline.session.heed(&Interrupts::default())?;
        door.wake_with(Some(models.transport.waker()));
        opened(task, door.clone());
        let started = now();
        let mut work = LiveWork { options, pipeline, planned: &planned, models: &models, door: &door, admission };
        let ended = work.run();
        door.close();
        work.admission.end(&Refused::Draining);
        door.halt(Some(Refused::Draining));
        door.wake_with(None);
        interrupts.release();
        if pipeline.outcome.generated.interrupted {
            pipeline.session.heed(&interrupts)?;
            pipeline.session.stop_heeding()?;
        }
        let masked = models.transport.masks().found();
        models.transport.abort();
        conclude(pipeline, &planned, ended, (&started, masked), &door)
    }
}

/// Says what the invocation begins with.
fn note_beginning(pipeline: &mut Pipeline<'_, '_>) {
    let lost = pipeline.session.unfinished.calls as u64;
    if lost > 0 {
        pipeline.note(format!(
            "{} in flight when an earlier process was killed; they may have been billed, and are sent again",
            calls(lost)
        ));
    }
    let notes: Vec<String> = channels::notes(pipeline.channels.as_deref().unwrap_or_default()).cloned().collect();
    pipeline.note_all(notes);
}

/// Writes the manifests of generation, and sums up.
fn conclude(
    pipeline: &mut Pipeline<'_, '_>,
    planned: &Planned,
    ended: Result<(), EngineError>,
    (started, masked): (&str, u64),
    door: &LiveDoor,
) -> Result<LiveSummary, EngineError> {
    let generated = pipeline.outcome.generated.clone();
    let status = match &ended {
        Err(_) => ManifestStatus::Failed,
        Ok(()) if generated.interrupted || generated.budget.is_some() || door.is_abandoned() => {
            ManifestStatus::Interrupted
        }
        Ok(()) => ManifestStatus::Done,
    };
    let counts = pipeline.note_generation(planned, status, started, masked);
    // The first error is returned; a failure to write the manifests follows from it.
    ended?;
    pipeline.session.out_of_budget = generated.budget.as_ref().map(ToString::to_string);
    Ok(LiveSummary {
        db: pipeline.session.path.clone(),
        rows: door.state(),
        pending: counts?.pending,
        calls: generated.calls,
        used: generated.used,
        budget: generated.budget,
        interrupted: generated.interrupted,
    })
}
