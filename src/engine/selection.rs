//! Which part of a project's work a run does: stages, and steps by their names.
//!
//! The steps stand where the stage `generate` does, in their own order. A run that begins or ends at a step does the
//! stages before `generate` as far as something has changed, since these cost nothing; of the steps it generates those
//! that were named, and no others.

use std::ops::RangeInclusive;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::Value;

use super::error::EngineError;
use super::work_point::WorkPoint;
use crate::config::nearest;
use crate::project::Project;
use crate::record::{Stage, VariantAt};
use crate::store::{sql, step_rowid};

/// The stages and steps of one run.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    /// The first and the last stage.
    pub(super) from: Option<Stage>,
    pub(super) to: Option<Stage>,
    /// Whether each step is generated, by its place; `None` if all are.
    pub(super) steps: Option<Arc<[bool]>>,
}

impl Selection {
    /// Every stage, and of the steps none: what the record answers is taken, and nothing is asked.
    pub(super) fn of_no_step(project: &Project) -> Self {
        Self::of_steps(project, |_| false, (None, None))
    }

    /// What lies between the first and the last work that the user named, in `project`.
    pub(super) fn of(
        (from, to): (Option<&WorkPoint>, Option<&WorkPoint>),
        project: &Project,
    ) -> Result<Self, EngineError> {
        if let (Some(WorkPoint::Step(one)), Some(WorkPoint::Step(two))) = (from, to)
            && one == two
        {
            let named = places(project, one)?;
            return Ok(Self::of_steps(project, |place| named.contains(&place), (None, Some(Stage::Generate))));
        }
        let (first, last) = (range(project, from)?, range(project, to)?);
        if let (Some(first), Some(last), Some(from), Some(to)) = (&first, &last, from, to)
            && first.start() > last.end()
        {
            return Err(EngineError::Backwards { from: from.to_string(), to: to.to_string(), all: in_order(project) });
        }
        let stage = |point: Option<&WorkPoint>| match point {
            Some(WorkPoint::Stage(stage)) => Some(*stage),
            Some(WorkPoint::Step(_)) | None => None,
        };
        let is_step = |point: Option<&WorkPoint>| matches!(point, Some(WorkPoint::Step(_)));
        if !is_step(from) && !is_step(to) {
            return Ok(Self { from: stage(from), to: stage(to), steps: None });
        }
        let first = if is_step(from) { first.map_or(0, |it| it.start().step) } else { 0 };
        let last = if is_step(to) { last.map_or(usize::MAX, |it| it.end().step) } else { usize::MAX };
        let until = if is_step(to) { Some(Stage::Generate) } else { stage(to) };
        Ok(Self::of_steps(project, |place| (first..=last).contains(&place), (stage(from), until)))
    }

    /// All stages up to one.
    pub(super) fn up_to(stage: Stage) -> Self {
        Self { from: None, to: Some(stage), steps: None }
    }

    fn of_steps(project: &Project, is_named: impl Fn(usize) -> bool, stages: (Option<Stage>, Option<Stage>)) -> Self {
        let steps = (0..project.steps.len()).map(is_named).collect();
        Self { from: stages.0, to: stages.1, steps: Some(steps) }
    }

    /// Whether the step at `place` is generated, if any is.
    pub(super) fn has(&self, place: usize) -> bool {
        self.steps.as_ref().is_none_or(|steps| steps.get(place).copied().unwrap_or_default())
    }

    /// The names of the steps that are not generated although others are.
    pub(super) fn left_out(&self, project: &Project) -> Vec<String> {
        let steps = project.steps.iter().enumerate().filter(|(place, _)| !self.has(*place));
        steps.map(|(_, setup)| setup.config.step.name().to_owned()).collect()
    }
}

/// A place in the order of all work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    stage: Stage,
    step: usize,
}

/// The first and the last place of a stage or step.
fn range(project: &Project, point: Option<&WorkPoint>) -> Result<Option<RangeInclusive<Place>>, EngineError> {
    let (stage, first, last) = match point {
        None => return Ok(None),
        Some(WorkPoint::Stage(stage)) => (*stage, 0, usize::MAX),
        Some(WorkPoint::Step(name)) => {
            let places = places(project, name)?;
            let (first, last) = (places.iter().min(), places.iter().max());
            (Stage::Generate, first.copied().unwrap_or_default(), last.copied().unwrap_or_default())
        }
    };
    Ok(Some(Place { stage, step: first }..=Place { stage, step: last }))
}

/// The places of the step that is called `name`, where a stage could be named too: several if it has perspectives.
pub(super) fn places(project: &Project, name: &str) -> Result<Vec<usize>, EngineError> {
    Some(places_in(project, name)).filter(|found| !found.is_empty()).ok_or_else(|| no_point(project, name))
}

/// The places of the step that is called `name`, where only a step can be named.
pub(super) fn step_places(project: &Project, name: &str) -> Result<Vec<usize>, EngineError> {
    Some(places_in(project, name)).filter(|found| !found.is_empty()).ok_or_else(|| no_step(project, name))
}

fn places_in(project: &Project, name: &str) -> Vec<usize> {
    let is_meant = |it: &str| it == name || it.split('.').next() == Some(name);
    let steps = project.steps.iter().enumerate();
    steps.filter(|(_, setup)| is_meant(setup.config.step.name())).map(|(place, _)| place).collect()
}

/// The rowids of the steps that are called `name` in `project`, under all variants, in all repeats.
pub(super) fn steps_of(connection: &Connection, project: &Project, name: &str) -> Result<Vec<i64>, EngineError> {
    let names: Vec<&str> =
        step_places(project, name)?.into_iter().map(|place| project.steps[place].config.step.name()).collect();
    rowids_of_all(connection, &names)
}

/// The rowids of the steps with these names, as far as they are on record.
pub(super) fn rowids(connection: &Connection, names: &[&str]) -> Result<Vec<i64>, EngineError> {
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        found.extend(step_rowid(connection, name, VariantAt::BASE)?);
    }
    Ok(found)
}

/// The rowids of the steps with these names under all variants, in all repeats.
pub(super) fn rowids_of_all(connection: &Connection, names: &[&str]) -> Result<Vec<i64>, EngineError> {
    Ok(sql::RECORD_STEPS_NAMED.all(connection, &[(":names", &Value::from(names))], |row| row.get("id"))?)
}

fn no_point(project: &Project, name: &str) -> EngineError {
    let steps: Vec<&str> = project.steps.iter().filter_map(|setup| setup.config.step.own_name()).collect();
    let stages = Stage::ALL.iter().map(|it| it.as_str());
    let near = nearest(name, with_wholes(&steps).into_iter().chain(stages)).map(str::to_owned);
    EngineError::NoPoint { name: name.to_owned(), near, steps: steps.join(", ") }
}

fn no_step(project: &Project, name: &str) -> EngineError {
    let steps: Vec<&str> = project.steps.iter().map(|setup| setup.config.step.name()).collect();
    let near = nearest(name, with_wholes(&steps)).map(|near| format!("did you mean `{near}`? "));
    let all = if let [one] = steps[..] {
        format!("the only step is {one}")
    } else {
        format!("the steps are {}", steps.join(", "))
    };
    EngineError::NoStep { name: name.to_owned(), hint: format!("{}{all}", near.unwrap_or_default()) }
}

/// The names of steps, and of those that have perspectives also that of the whole.
fn with_wholes<'a>(steps: &[&'a str]) -> Vec<&'a str> {
    let wholes = steps.iter().filter_map(|it| it.split_once('.')).map(|(whole, _)| whole);
    steps.iter().copied().chain(wholes).collect()
}

/// All stages in their order, with the steps.
fn in_order(project: &Project) -> String {
    let steps: Vec<&str> = project.steps.iter().filter_map(|setup| setup.config.step.own_name()).collect();
    let shown = |stage: &Stage| match stage {
        Stage::Generate if !steps.is_empty() => format!("generate ({})", steps.join(", ")),
        _ => stage.to_string(),
    };
    Stage::ALL.iter().map(shown).collect::<Vec<_>>().join(", ")
}
