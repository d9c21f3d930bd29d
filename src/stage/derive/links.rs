//! The steps that take from others ([`Link`]), and what all of them need to know of the run ([`Links`]).

use super::nodes::Nodes;
use crate::config::{Each, JoinKey, Pairs};
use crate::record::TaskId;
use crate::stage::record::{Forced, Marks};
use crate::stage::standing;

/// A step that takes from others.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its rowid.
    pub step: i64,
    /// Its name.
    pub name: String,
    /// Its task's rowid.
    pub task: i64,
    /// Its task.
    pub task_id: TaskId,
    /// What becomes a work item.
    pub each: Each,
    /// The rowids of the steps that it takes from, in the order of [`Each::parents`].
    pub parents: Vec<i64>,
    /// How combinations are put together.
    pub pairs: Option<Pairs>,
    /// The run's seed.
    pub seed: u64,
}

impl Link {
    /// Whether it needs all that it takes from before it can make any of its own.
    #[must_use]
    pub fn needs_all(&self) -> bool {
        matches!(&self.each, Each::Join { by: JoinKey::Field(_), .. })
    }

    /// Whether it joins work items of several steps, or several of one.
    #[must_use]
    pub fn joins(&self) -> bool {
        matches!(&self.each, Each::Join { .. })
    }
}

/// The steps of a task that take from others, each after those that it takes from.
#[derive(Debug, Default)]
pub struct Links {
    /// The steps.
    pub all: Vec<Link>,
    /// Names of the steps in whose outputs a step may find several of one, by the rowid of the step that looks.
    pub several: Vec<(i64, Vec<String>)>,
    /// Whether a column gives rows their identity; then their other fields are part of their exact task.
    pub keyed: bool,
    /// The input's columns.
    pub columns: Vec<String>,
    /// What is set aside.
    pub marks: Marks,
    /// The forced round in which everything is asked again.
    pub forced: Option<Forced>,
    /// The steps that had no work item yet when the run began.
    pub new: Vec<i64>,
    /// Whether anything was tried before the run began.
    pub has_record: bool,
    /// The outputs that work items are made from.
    pub nodes: Nodes,
}

impl Links {
    /// Whether a step may find several outputs of the step called `name`.
    #[must_use]
    pub fn are_several(&self, step: i64, name: &str) -> bool {
        self.several.iter().any(|(at, names)| *at == step && names.iter().any(|it| it == name))
    }

    /// The steps of which a step may find several outputs.
    pub(super) fn several_of(&self, step: i64) -> impl Iterator<Item = &String> {
        self.several.iter().filter(move |(at, _)| *at == step).flat_map(|(_, names)| names)
    }

    /// The steps that take from a step.
    pub fn of(&self, parent: i64) -> impl Iterator<Item = &Link> {
        self.all.iter().filter(move |link| link.parents.contains(&parent))
    }

    /// Whether any step takes from a step.
    #[must_use]
    pub fn is_followed(&self, step: i64) -> bool {
        self.of(step).next().is_some()
    }

    /// Whether a step had no work item yet when the run began.
    pub(super) fn is_new(&self, step: i64) -> bool {
        self.new.contains(&step)
    }

    /// The steps that others take from, each after those that it takes from itself.
    pub(super) fn sources(&self) -> Vec<i64> {
        let mut steps: Vec<i64> = Vec::new();
        for link in &self.all {
            steps.extend(link.parents.iter().filter(|step| !self.all.iter().any(|it| it.step == **step)));
        }
        steps.sort_unstable();
        steps.dedup();
        steps.extend(self.all.iter().map(|link| link.step).filter(|step| self.is_followed(*step)));
        steps
    }

    /// Up to where a standing of a step has been handed on, once all but the steps that need everything looked at it.
    pub(super) fn handed_on(&self, step: i64) -> i64 {
        if self.of(step).any(Link::needs_all) { standing::NOT_GATHERED } else { standing::HANDED_ON }
    }

    /// In which round, and with which sample number, what is new is opened; `from` is the round of what it is made
    /// from.
    pub(super) fn opening(&self, from: Option<i64>) -> (Option<i64>, u32) {
        match self.forced_by(from) {
            Some(forced) => (from, forced.sample),
            None => (Some(self.marks.round).filter(|round| *round > 0), 1),
        }
    }

    /// The forced round in which that is opened too which is made from something that was opened in `round`.
    pub(super) fn forced_by(&self, round: Option<i64>) -> Option<Forced> {
        self.forced.filter(|forced| round == Some(forced.round))
    }
}
