//! Which part of a project's work a run does: stages, and steps by their names.
//!
//! The steps stand where the stage `generate` does, in their own order. A run that begins or ends at a step does the
//! stages before `generate` as far as something has changed, since these cost nothing; of the steps it generates those
//! that were named, and no others.

use std::convert::Infallible;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

use rusqlite::Connection;

use super::error::EngineError;
use super::options::RunOptions;
use super::planned::Planned;
use crate::config::nearest;
use crate::project::Project;
use crate::record::Stage;
use crate::stage::derive::{self, Link};
use crate::stage::plan;

/// A stage or a step, as people name it. A step has no stage's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkPoint {
    Stage(Stage),
    Step(String),
}

impl FromStr for WorkPoint {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(word.parse().map_or_else(|_| Self::Step(word.to_owned()), Self::Stage))
    }
}

impl fmt::Display for WorkPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stage(stage) => f.pad(stage.as_str()),
            Self::Step(name) => f.pad(name),
        }
    }
}

impl WorkPoint {
    /// Whether it is this stage.
    #[must_use]
    pub fn is(&self, stage: Stage) -> bool {
        *self == Self::Stage(stage)
    }
}

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
    /// What the options of a run select of `project`.
    pub(super) fn of(options: &RunOptions, project: &Project) -> Result<Self, EngineError> {
        let (from, to) = (options.from.as_ref(), options.to.as_ref());
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

/// The places of the step that is called `name`: several if it has perspectives.
pub(super) fn places(project: &Project, name: &str) -> Result<Vec<usize>, EngineError> {
    let names: Vec<&str> = project.steps.iter().map(|setup| setup.config.step.name.as_str()).collect();
    let is_meant = |it: &str| it == name || it.split('.').next() == Some(name);
    let found: Vec<usize> = (0..names.len()).filter(|place| !name.is_empty() && is_meant(names[*place])).collect();
    if found.is_empty() {
        return Err(unknown(name, &names));
    }
    Ok(found)
}

fn unknown(name: &str, steps: &[&str]) -> EngineError {
    let steps: Vec<&str> = steps.iter().copied().filter(|it| !it.is_empty()).collect();
    let stages = Stage::ALL.iter().map(|it| it.as_str());
    let near = nearest(name, steps.iter().copied().chain(stages)).map(str::to_owned);
    EngineError::NoPoint { name: name.to_owned(), near, steps: steps.join(", ") }
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

/// Refuses to generate steps that take from others of which nothing is decided and which are not generated now.
pub(super) fn check_sources(
    connection: &Connection,
    planned: &Planned,
    selection: &Selection,
) -> Result<(), EngineError> {
    let place_of = |step: i64| planned.tasks.iter().position(|(task, _)| task.step == step);
    for link in &planned.links.all {
        if !place_of(link.step).is_some_and(|place| selection.has(place)) {
            continue;
        }
        let mut missing = Vec::new();
        for parent in &link.parents {
            let Some(place) = place_of(*parent).filter(|place| !selection.has(*place)) else { continue };
            if !has_run(connection, planned, *parent)? {
                missing.push(planned.tasks[place].0.name.clone());
            }
        }
        if !missing.is_empty() {
            return Err(EngineError::SourcesNotRun { step: link.name.clone(), sources: missing });
        }
    }
    Ok(())
}

/// Whether anything of a step is decided, or there is nothing to decide.
fn has_run(connection: &Connection, planned: &Planned, step: i64) -> Result<bool, EngineError> {
    let counts = plan::count(connection, step)?;
    if counts.pending < counts.planned {
        return Ok(true);
    }
    let link: Option<&Link> = planned.links.all.iter().find(|it| it.step == step);
    let may_grow = match link {
        Some(link) => derive::is_open(connection, &planned.links, link)?,
        None => false,
    };
    Ok(counts.planned == 0 && !may_grow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_a_stage_or_else_a_step() {
        let point = |word: &str| word.parse::<WorkPoint>().unwrap();
        assert_eq!(point("plan"), WorkPoint::Stage(Stage::Plan));
        assert_eq!(point("outline"), WorkPoint::Step("outline".to_owned()));
        assert_eq!(point("PLAN").to_string(), "PLAN");
    }
}
