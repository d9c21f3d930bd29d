//! The steps that take from others ([`Link`]), and the facts of the run that all of them need ([`Links`]).

use std::collections::BTreeSet;

use super::nodes::Nodes;
use crate::config::{Each, JoinKey, Pairs};
use crate::record::{TaskId, VariantAt};
use crate::stage::ingest::Dataset;
use crate::stage::record::{Forced, Marks, PlannedFrom};
use crate::stage::standing;

/// A step that takes from other steps.
#[derive(Clone, Debug)]
pub struct Link {
    /// The step (rowid).
    pub step: i64,
    pub name: String,
    /// The rowid of its task.
    pub task: i64,
    pub task_id: TaskId,
    /// What each work item is made from.
    pub each: Each,
    /// The rowids of the steps that it takes from, in the order of [`Each::parents`].
    pub parents: Vec<i64>,
    /// Which combinations of values become work items.
    pub pairs: Option<Pairs>,
    /// The run's seed.
    pub seed: u64,
}

impl Link {
    /// Returns whether it needs all of its sources before it can make any work item.
    #[must_use]
    pub fn needs_all(&self) -> bool {
        matches!(&self.each, Each::Join { by: JoinKey::Field(_), .. })
    }

    /// Returns whether it joins several work items into one.
    #[must_use]
    pub fn joins(&self) -> bool {
        matches!(&self.each, Each::Join { .. })
    }
}

/// The steps whose outputs templates of a step read, as `steps.NAME`. Of what a work item goes back to, only these are
/// read: behind a large join there may be more outputs than work items before it.
#[derive(Clone, Debug)]
pub struct ReadSteps {
    /// The names of the steps that are read.
    pub names: BTreeSet<String>,
    /// The names of the steps behind which one of these lies.
    pub behind: BTreeSet<String>,
}

/// The steps of a task that take from others, each after those that it takes from.
#[derive(Debug, Default)]
pub struct Links {
    pub all: Vec<Link>,
    /// The variant and the repeat that the steps are of.
    pub at: VariantAt,
    /// The configuration (rowid) that they are planned with, where it is not that of the invocation.
    pub config: Option<i64>,
    /// For a step (rowid): the names of the steps of which its templates may see several outputs.
    pub several: Vec<(i64, Vec<String>)>,
    /// For a step (rowid): the steps that its templates read. All of those that it goes back to, if it is not here.
    pub read: Vec<(i64, ReadSteps)>,
    /// Whether a row's id does not depend on all of its fields, and these are part of exact tasks: where `input.key`
    /// is set, for a JSON file and for documents.
    pub keyed: bool,
    /// The columns of the input.
    pub columns: Vec<String>,
    /// The data set of each collection of knowledge (rowids by name), as JSON.
    pub knowledge: String,
    /// Whether the input is documents.
    pub is_documents: bool,
    /// The steps that read the lines at which rows of documents stand (rowids).
    pub reading_lines: Vec<i64>,
    /// The steps whose prompts read gold answers (rowids).
    pub reading_gold: Vec<i64>,
    /// What cleans have set aside.
    pub marks: Marks,
    /// The forced round in which everything is asked again, if there is one.
    pub forced: Option<Forced>,
    /// The steps that had no work items when the run began, under whatever variant (rowids).
    pub new: Vec<i64>,
    /// Whether the run file held attempts when the run began.
    pub has_record: bool,
    /// Accepted outputs that are in use.
    pub nodes: Nodes,
}

impl Links {
    /// What the steps are planned from, over the input `dataset`.
    #[must_use]
    pub fn planned_from(&self, dataset: &Dataset) -> PlannedFrom<'_> {
        PlannedFrom { dataset: dataset.id, knowledge: &self.knowledge, config: self.config }
    }

    /// Returns whether templates of `step` may see several outputs of the step called `name`.
    #[must_use]
    pub fn are_several(&self, step: i64, name: &str) -> bool {
        self.several.iter().any(|(at, names)| *at == step && names.iter().any(|it| it == name))
    }

    /// Returns the names of the steps of which templates of `step` may see several outputs.
    pub(super) fn several_of(&self, step: i64) -> impl Iterator<Item = &String> {
        self.several.iter().filter(move |(at, _)| *at == step).flat_map(|(_, names)| names)
    }

    /// Returns the steps that templates of `step` read; `None` if they may read all that it goes back to.
    pub(super) fn read_by(&self, step: i64) -> Option<&ReadSteps> {
        self.read.iter().find(|(at, _)| *at == step).map(|(_, read)| read)
    }

    /// Returns the steps that take from `parent`.
    pub fn of(&self, parent: i64) -> impl Iterator<Item = &Link> {
        self.all.iter().filter(move |link| link.parents.contains(&parent))
    }

    /// Returns whether `step` reads the lines at which rows of documents stand.
    #[must_use]
    pub fn reads_lines(&self, step: i64) -> bool {
        self.reading_lines.contains(&step)
    }

    /// Returns whether prompts of `step` read gold answers.
    #[must_use]
    pub fn reads_gold(&self, step: i64) -> bool {
        self.reading_gold.contains(&step)
    }

    /// Returns whether any step takes from `step`.
    #[must_use]
    pub fn is_followed(&self, step: i64) -> bool {
        self.of(step).next().is_some()
    }

    /// Returns whether `step` had no work items when the run began.
    pub(super) fn is_new(&self, step: i64) -> bool {
        self.new.contains(&step)
    }

    /// Returns the steps that others take from (rowids), each after those that it takes from itself.
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

    /// Returns how far a standing of `step` is handed on once every step has seen it except those that need all of
    /// their sources.
    pub(super) fn handed_on(&self, step: i64) -> i64 {
        if self.of(step).any(Link::needs_all) { standing::NOT_GATHERED } else { standing::HANDED_ON }
    }

    /// Returns the round and the sample number of a new work item; `from` is the round of its source.
    pub(super) fn opening(&self, from: Option<i64>) -> (Option<i64>, u32) {
        match self.forced_by(from) {
            Some(forced) => (from, forced.sample),
            None => (Some(self.marks.round).filter(|round| *round > 0), 1),
        }
    }

    /// Returns the forced round if `round` is it: what is made from a source of that round is opened in it too.
    pub(super) fn forced_by(&self, round: Option<i64>) -> Option<Forced> {
        self.forced.filter(|forced| round == Some(forced.round))
    }
}
