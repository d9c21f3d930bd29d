//! What a step does to each of its work items: [`Task`], who is asked for it ([`Asks`], [`Party`], [`TaskJudge`]) and
//! what a call is for ([`Purpose`]).

use std::sync::Arc;

use super::evidence::Evidence;
use super::fold::SharedText;
use super::panel::PanelRule;
use super::reading::Reading;
use crate::prompt::{Checks, Condition, MatchTemplates, Prompt, Rule, TemplateColumns, TemplateValue};
use crate::provider::RequestSpec;
use crate::record::{SpecId, TaskId};
use crate::schema::{Contract, Rubric};
use crate::stage::knowledge::RecordedDocuments;

/// What a step does to each of its work items.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Task {
    /// The step (rowid).
    pub step: i64,
    /// The name of the step.
    pub name: String,
    /// The rowid of the task.
    pub row: i64,
    pub id: TaskId,
    pub action: Action,
    /// The condition that a work item must meet; otherwise it is skipped.
    pub when: Option<Condition>,
    /// Whether the step asks for a verdict on the output that its work item is made from.
    pub verdict: bool,
    /// Whether the step asks for a schema.
    pub authors: bool,
    /// The index of the step in the run, from 0.
    pub place: usize,
    /// The role in which the step is done, if it has perspectives.
    pub perspective: Option<String>,
    /// The schema that answers must be valid against.
    pub contract: Arc<Contract>,
    pub checks: Checks,
    /// The claims of its outputs, if it declares any.
    pub evidence: Option<Arc<Evidence>>,
    /// The columns of the input.
    pub columns: Arc<TemplateColumns>,
    /// The variables of the configuration.
    pub variables: TemplateValue,
    /// The column that `input_data` is the cell of; `None`: it is the context.
    pub input_column: Option<Arc<str>>,
    /// The schema as prompts show it.
    pub llm_schema: Arc<str>,
    /// The sentence that asks for a corrected answer.
    pub again: &'static str,
    /// The schema of a verdict as prompts show it.
    pub verdict_schema: Arc<str>,
    /// How many attempts a work item may have; with several candidates, each of them.
    pub max_attempts: u32,
    /// Set if there are several candidates for a work item.
    pub accept: Option<CandidateRule>,
    /// Whether equal requests of different work items share one call.
    pub share: bool,
    /// Whether it reads the lines at which rows of documents stand.
    pub reads_lines: bool,
    /// The gold values that its prompt reads, in a step that asks for a metric; empty where it reads none.
    pub gold: Vec<String>,
    /// The documents that its templates read; `None` where they read none.
    pub documents: Option<Arc<RecordedDocuments>>,
}

impl Task {
    /// Returns who is asked; `None` if a rule computes the output.
    #[must_use]
    pub fn asks(&self) -> Option<&Asks> {
        match &self.action {
            Action::Ask(asks) => Some(asks),
            Action::Rule(_) => None,
        }
    }

    /// Returns how answers are read that are to be outputs. It is the same for all models of the step.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.asks().map(|asks| asks.generation.reading.clone()).unwrap_or_default()
    }

    #[must_use]
    pub fn judges(&self) -> &[TaskJudge] {
        self.asks().map_or(&[], |asks| &asks.judges)
    }

    /// Returns whether any prompt shows images.
    #[must_use]
    pub fn shows_images(&self) -> bool {
        let Some(asks) = self.asks() else { return false };
        let judge = asks.judges.iter().map(|judge| &judge.party.prompt);
        judge.chain([&asks.generation.prompt]).any(|prompt| prompt.images().next().is_some())
    }
}

/// How a work item gets its output.
#[derive(Debug)]
pub enum Action {
    Ask(Box<Asks>),
    /// The output is computed, without a model.
    Rule(Rule),
}

/// Who is asked.
#[derive(Debug)]
pub struct Asks {
    pub generation: Party,
    /// Who generates in the second attempt, the third and so on; the last one serves all further attempts.
    pub escalated: Vec<Party>,
    /// Set if rows say what their requests have of their own.
    pub by_row: Option<RowCalls>,
    pub judges: Vec<TaskJudge>,
    /// How several judges decide together, and the mean score that is needed (0 to 100).
    pub panel: Option<(PanelRule, u8)>,
}

impl Asks {
    /// Returns everyone who may be asked.
    pub fn parties(&self) -> impl Iterator<Item = &Party> {
        let of_rows = self.by_row.iter().flat_map(|it| &it.parties);
        let judges = self.judges.iter().map(|judge| &judge.party);
        self.escalated.iter().chain(of_rows).chain(judges).chain([&self.generation])
    }

    /// Returns who generates in attempt `number`, from 1.
    #[must_use]
    pub fn generation_of(&self, number: u32) -> &Party {
        let later = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(2);
        match self.escalated.get(later).or(self.escalated.last()) {
            Some(party) if number > 1 => party,
            _ => &self.generation,
        }
    }
}

/// Where rows say what their requests have of their own.
#[derive(Debug)]
pub struct RowCalls {
    /// The position of the column.
    pub column: usize,
    /// The further models that rows may name.
    pub parties: Vec<Party>,
    /// Whether requests have a seed; `None` if the provider takes none.
    pub sends_seed: Option<bool>,
}

/// A model that is asked, with its prompt: for a generation or for a verdict.
#[derive(Debug)]
pub struct Party {
    pub prompt: Prompt,
    /// What all of its requests share.
    pub spec: Arc<RequestSpec>,
    pub spec_id: SpecId,
    /// The rowid of `spec`.
    pub spec_row: i64,
    /// For answers from a table of recorded ones: the values that must match.
    pub matching: Option<MatchTemplates>,
    /// Texts that many of its messages contain, longest first.
    pub shared: Vec<SharedText>,
    /// The index of its model among the routes of the run.
    pub route: usize,
    /// How its answers are read.
    pub reading: Reading,
}

#[derive(Debug)]
pub struct TaskJudge {
    pub party: Party,
    /// Empty if it is the only judge.
    pub name: String,
    /// The lowest score that passes, 0 to 100.
    pub min_score: u8,
    /// The criteria, if it scores several.
    pub rubric: Option<Rubric>,
    /// The schema of its answers, as its prompt shows it.
    pub verdict_schema: Arc<str>,
}

impl TaskJudge {
    /// Returns its name in the run file.
    #[must_use]
    pub fn recorded_name(&self) -> &str {
        if self.name.is_empty() { "judge" } else { &self.name }
    }
}

/// Several candidates for each work item, of which the best is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CandidateRule {
    /// How many must be accepted.
    pub outputs: usize,
    /// How many there may be at most.
    pub candidates: u32,
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    Generation,
    Judge,
}

impl Purpose {
    /// Returns the word in the run file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generation => "generation",
            Self::Judge => "judge",
        }
    }
}
