//! What a live run is made of once its tasks are known: the plans of its steps, its admission, and what it tells of
//! itself.

use serde_json::Value;

use super::admission::{AdmittingStep, LiveAdmission};
use super::door::LiveDoor;
use super::options::LiveTask;
use super::record::LiveRecord;
use super::waiting::Waiting;
use crate::config::Each;
use crate::engine::error::EngineError;
use crate::engine::planned::Planned;
use crate::engine::session::Session;
use crate::engine::stages::{Planning, plan_request};
use crate::project::Project;
use crate::stage::ingest::{Dataset, LiveRowIds, SourceFile};
use crate::stage::plan::{ImageSource, PlanRequest};
use crate::store::sql;
use crate::view::live::LiveSteps;

/// The plans of the steps over the rows.
pub(super) fn requests<'a>(project: &'a Project, planned: &'a Planned, dataset: &'a Dataset) -> Vec<PlanRequest<'a>> {
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

/// What the live run tells of itself.
pub(super) fn live_task(project: &Project, planned: &Planned, door: &LiveDoor, session: &Session) -> LiveTask {
    let last = project.last_place();
    let name = |place: usize| project.steps.get(place).map_or("", |setup| setup.config.step.name());
    let several = makes_several(project, name(last));
    let all: Vec<i64> = planned.tasks.iter().map(|(task, _)| task.step).collect();
    let steps = LiveSteps { last: all.get(last).copied().unwrap_or_default(), all, makes_several: several };
    LiveTask {
        name: project.config.run.name.clone(),
        columns: door.shape().columns().to_vec(),
        key: project.config.input.key.clone(),
        steps: project.steps.iter().map(|setup| setup.config.step.name().to_owned()).collect(),
        output_schema: project.last().map(|setup| setup.contract.as_written().clone()),
        makes_several: several,
        db: session.path.clone(),
        record: LiveRecord { db: session.path.clone(), steps },
    }
}

/// The admission of rows to the steps of a task.
pub(super) fn admission<'a>(
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
    let mut waiting = Waiting::default();
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
        let open = sql::LIVE_OPEN.all(connection, &[(":step", &task.step)], |row| row.get::<_, i64>("position"))?;
        waiting.leave(open);
    }
    door.count_left(waiting.left());
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
        waiting,
        deferred: Vec::new(),
        may_go_on: false,
        recorded: Vec::new(),
        buffer: Vec::new(),
    })
}
