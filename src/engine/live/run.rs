//! A live run from its start to its end: [`live()`].

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::admission::{AdmittingStep, LiveAdmission};
use super::begin::{columns_on_record, plan_steps};
use super::column::{ColumnSpec, RowShape};
use super::door::{LiveDoor, LiveState};
use super::outcome::Refused;
use super::project::{self, Columns};
use super::record::LiveRecord;
use super::waiting::Waiting;
use crate::config::Each;
use crate::dispatch::{
    self, AnswerSource, BudgetStop, GenerationSummary, LoopWork, Models, StepSummary, Stop, UsageTotals, calls,
};
use crate::engine::audience::Audience;
use crate::engine::channels;
use crate::engine::compile::{self, CompiledStep};
use crate::engine::error::EngineError;
use crate::engine::input::open_knowledge;
use crate::engine::options::{RunEvent, RunOptions};
use crate::engine::pipeline::{Pipeline, Policy};
use crate::engine::planned::Planned;
use crate::engine::pricing::check_budget;
use crate::engine::servers::{self, FoundServer, Inquiry};
use crate::engine::session::{Session, now};
use crate::engine::stages::{Planning, plan_request};
use crate::engine::{model_notes, notes};
use crate::project::Project;
use crate::record::ManifestStatus;
use crate::stage::ingest::{Dataset, LiveRowIds, SourceFile, live_source};
use crate::stage::plan::{ImageSource, PlanRequest};
use crate::store::{Access, sql};
use crate::transport::{Event, Interrupts, Transport};
use crate::view::live::LiveSteps;

/// How long a live run rests before it asks a model again that did not answer, at first and at most.
const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(120);

/// The options of a live run.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Those that a run has too. The run file is `<run.name>.service.db` where none is named.
    pub run: RunOptions,
    /// The command that the invocation is recorded as: `serve` or `task`.
    pub command: &'static str,
    /// The most rows that are accepted and not decided.
    pub queue: usize,
    /// Whether it goes on where the budget is reached or the models do not answer, and refuses rows for as long as that
    /// lasts; otherwise it ends.
    pub stays: bool,
}

/// What a live run does, for those who send it rows.
#[derive(Clone, Debug)]
pub struct LiveTask {
    /// `run.name`.
    pub name: String,
    pub columns: Vec<ColumnSpec>,
    /// The names of the steps, in order.
    pub steps: Vec<String>,
    /// The schema of an output of the last step.
    pub output_schema: Option<Value>,
    /// Whether the last step may make several outputs of one row.
    pub makes_several: bool,
    pub db: PathBuf,
    /// Finds batches in the run file.
    pub record: LiveRecord,
}

/// What a live run did.
#[derive(Clone, Debug)]
pub struct LiveSummary {
    pub db: PathBuf,
    /// Rows that were decided, by status, those from the record included.
    pub rows: LiveState,
    /// Work items that are still open on record.
    pub pending: u64,
    pub calls: u64,
    pub used: UsageTotals,
    /// Why the budget allows no more requests, if it ended for that.
    pub budget: Option<BudgetStop>,
    /// Whether it was stopped before all that was accepted was decided.
    pub interrupted: bool,
}

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
        Ok(()) if generated.interrupted || generated.budget.is_some() => ManifestStatus::Interrupted,
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

/// The loop of a live run, which begins anew after each stop.
struct LiveWork<'w, 'a, 'o> {
    options: &'w LiveOptions,
    pipeline: &'w mut Pipeline<'a, 'o>,
    planned: &'w Planned,
    models: &'w Models,
    door: &'w LiveDoor,
    admission: LiveAdmission<'w>,
}

/// How a rest ended.
#[derive(PartialEq, Eq)]
enum Rest {
    /// It is over.
    Over,
    /// The door was closed, or the user stopped it.
    Closed,
}

impl LiveWork<'_, '_, '_> {
    /// Works until no more rows may come, or until what stops it is no matter of waiting.
    fn run(&mut self) -> Result<(), EngineError> {
        let mut rest = FIRST_REST;
        loop {
            let answered = self.generate()?;
            let generated = &self.pipeline.outcome.generated;
            if generated.interrupted {
                return Ok(());
            }
            let why = match (&generated.stopped, &generated.budget) {
                (None, None) => return Ok(()),
                (Some(stop), _) => {
                    // A stop that a person has set stays one.
                    let again = (!matches!(stop, Stop::TooMany { .. })).then_some(rest);
                    Refused::Halted { message: stop.to_string(), hint: stop.hint().into_owned(), retry_after: again }
                }
                (None, Some(budget)) => Refused::Halted {
                    message: format!("the budget is reached: {budget}"),
                    hint: "raise `budget` or `--max-cost`, and start it again".to_owned(),
                    retry_after: None,
                },
            };
            rest = if answered { FIRST_REST } else { (rest * 2).min(LONGEST_REST) };
            if !self.options.stays || self.door.is_closed() {
                return self.ended();
            }
            self.pipeline.note(format!("rows are refused: {why}"));
            self.door.halt(Some(why.clone()));
            self.admission.end(&why);
            let retry_after = if let Refused::Halted { retry_after, .. } = &why { *retry_after } else { None };
            if self.rest(retry_after) == Rest::Closed {
                return self.ended();
            }
            let generated = &mut self.pipeline.outcome.generated;
            (generated.stopped, generated.budget) = (None, None);
            self.door.halt(None);
        }
    }

    /// Runs the loop once; returns whether it had any answer.
    fn generate(&mut self) -> Result<bool, EngineError> {
        let steps = self.planned.working(self.pipeline.project, &self.pipeline.policy.selection);
        let work = LoopWork {
            steps: &steps,
            links: &self.planned.links,
            answers: AnswerSource::Models(self.models),
            before: i64::MAX,
        };
        let session = &mut *self.pipeline.session;
        let (connection, invocation) = (&mut session.connection, session.invocation);
        let audience = &mut *self.pipeline.audience;
        let summary = dispatch::generate_live(connection, invocation, work, audience, &mut self.admission)?;
        let answered = summary.attempts > 0;
        let before = std::mem::take(&mut self.pipeline.outcome.generated);
        self.pipeline.outcome.generated = after(before, summary);
        Ok(answered)
    }

    /// Waits until it is time to try again (`None`: never), or until the door is closed.
    fn rest(&self, time: Option<Duration>) -> Rest {
        let due = time.map(|time| Instant::now() + time);
        let transport: &Transport = &self.models.transport;
        loop {
            let left = due.map(|due| due.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Rest::Over;
            }
            if let Some(Event::Interrupt) = transport.wait(left) {
                self.door.close();
            }
            if self.door.is_closed() {
                return Rest::Closed;
            }
        }
    }

    /// The end of a run that was stopped: by the budget it is no error.
    fn ended(&self) -> Result<(), EngineError> {
        match &self.pipeline.outcome.generated.stopped {
            None => Ok(()),
            Some(why) => {
                let pending = self.planned.count(&self.pipeline.session.connection)?.pending;
                Err(EngineError::Stopped { why: why.clone(), pending })
            }
        }
    }
}

/// The counts of a loop that ran after another.
fn after(before: GenerationSummary, mut summary: GenerationSummary) -> GenerationSummary {
    summary.attempts += before.attempts;
    summary.calls += before.calls;
    summary.from_tape += before.from_tape;
    summary.abandoned += before.abandoned;
    summary.used = summary.used.plus(before.used);
    for (step, earlier) in summary.steps.iter_mut().zip(before.steps) {
        let StepSummary { attempts, calls, from_tape, used } = earlier;
        step.attempts += attempts;
        step.calls += calls;
        step.from_tape += from_tape;
        step.used = step.used.plus(used);
    }
    summary
}

/// The plans of the steps over the rows.
fn requests<'a>(project: &'a Project, planned: &'a Planned, dataset: &'a Dataset) -> Vec<PlanRequest<'a>> {
    let steps = planned.tasks.iter().zip(&planned.groupings);
    let of_rows = steps.filter(|((task, _), _)| project.steps[task.place].config.step.each == Each::Source);
    of_rows
        .map(|((task, context), grouping)| {
            let planning = Planning {
                context: context.as_ref(),
                dataset,
                grouping: *grouping,
                images: ImageSource::Record,
                inputs: Value::Null,
                links: &planned.links,
            };
            plan_request(&project.steps[task.place], task, &planning)
        })
        .collect()
}

/// Whether a step may make several work items of one row.
fn makes_several(project: &Project, name: &str) -> bool {
    let step = project.steps.iter().find(|setup| setup.config.step.name() == name);
    match step.map(|setup| &setup.config.step.each) {
        Some(Each::Element { .. } | Each::Pairs { .. }) => true,
        Some(Each::Output { of }) => makes_several(project, of),
        _ => false,
    }
}

fn live_task(project: &Project, planned: &Planned, door: &LiveDoor, session: &Session) -> LiveTask {
    let last = project.last_place();
    let name = |place: usize| project.steps.get(place).map_or("", |setup| setup.config.step.name());
    let several = makes_several(project, name(last));
    let all: Vec<i64> = planned.tasks.iter().map(|(task, _)| task.step).collect();
    let steps = LiveSteps { last: all.get(last).copied().unwrap_or_default(), all, makes_several: several };
    LiveTask {
        name: project.config.run.name.clone(),
        columns: door.shape().columns().to_vec(),
        steps: project.steps.iter().map(|setup| setup.config.step.name().to_owned()).collect(),
        output_schema: project.last().map(|setup| setup.contract.as_written().clone()),
        makes_several: several,
        db: session.path.clone(),
        record: LiveRecord { db: session.path.clone(), steps },
    }
}

/// The admission of rows to the steps of a task.
fn admission<'a>(
    session: &Session,
    project: &Project,
    planned: &Planned,
    (source, columns): (SourceFile, Vec<String>),
    requests: Vec<PlanRequest<'a>>,
    door: &LiveDoor,
    task: &LiveTask,
) -> Result<LiveAdmission<'a>, EngineError> {
    let connection = &session.connection;
    let mut steps = Vec::with_capacity(planned.tasks.len());
    let mut next_position = 0;
    for (task, _) in &planned.tasks {
        let of = [(":step", &task.step as &dyn rusqlite::ToSql), (":task", &task.row)];
        steps.push(AdmittingStep {
            step: task.step,
            task: task.row,
            max_attempts: task.max_attempts,
            is_followed: planned.links.is_followed(task.step),
            has_other_task: project.steps[task.place].config.step.each != Each::Source
                && sql::LIVE_HAS_OTHER_TASK.row(connection, &of, |row| row.get("other"))?,
        });
        let next = sql::LIVE_NEXT_POSITION.row(connection, &[(":step", &task.step)], |row| row.get("position"))?;
        next_position = i64::max(next_position, next);
    }
    let ids = LiveRowIds::new(&columns, door.shape().key());
    Ok(LiveAdmission {
        door: door.clone(),
        uid: session.uid.clone(),
        invocation: session.invocation,
        source,
        columns,
        requests,
        steps,
        live_steps: task.record.steps.clone(),
        ids,
        marks: planned.links.marks,
        next_position,
        waiting: Waiting::default(),
        deferred: Vec::new(),
        may_go_on: false,
        recorded: Vec::new(),
        buffer: Vec::new(),
    })
}
