//! What a step does to each of its work items: [`Task`], who is asked for it ([`Asks`], [`Party`], [`Judge`]) and what a
//! call is for ([`Purpose`]).

use std::sync::Arc;

use super::fold::Shared;
use super::panel::PanelRule;
use crate::prompt::{Checks, Columns, Condition, MatchTemplates, Prompt, Rule};
use crate::provider::RequestSpec;
use crate::record::{SpecId, TaskId};
use crate::schema::{Contract, Rubric};

/// What a step does to each of its work items.
#[derive(Debug)]
pub struct Task {
    /// The step's rowid.
    pub step: i64,
    /// The step's name.
    pub name: String,
    /// The task's rowid.
    pub row: i64,
    /// The task's id.
    pub id: TaskId,
    /// What is done to each work item.
    pub action: Action,
    /// The condition that work items must meet; others are skipped.
    pub when: Option<Condition>,
    /// Whether what is asked for is a verdict on what a work item is made from.
    pub verdict: bool,
    /// Whether what is asked for is a schema.
    pub authors: bool,
    /// Its place among the steps of the run.
    pub place: usize,
    /// The role in which it is done.
    pub perspective: Option<String>,
    /// What answers are held to.
    pub contract: Arc<Contract>,
    /// What else is checked.
    pub checks: Checks,
    /// The input's columns.
    pub columns: Arc<Columns>,
    /// The contract as prompts show it.
    pub llm_schema: Arc<str>,
    /// The sentence that asks for another answer.
    pub again: &'static str,
    /// The verdict's contract as prompts show it.
    pub verdict_schema: Arc<str>,
    /// How many attempts a work item may have, or each of its candidates.
    pub max_attempts: u32,
    /// Whether there are several candidates for a work item.
    pub accept: Option<Accept>,
    /// Whether equal requests of different work items share one call.
    pub share: bool,
}

impl Task {
    /// Who is asked; `None` where a rule works the output out.
    #[must_use]
    pub fn asks(&self) -> Option<&Asks> {
        match &self.action {
            Action::Ask(asks) => Some(asks),
            Action::Rule(_) => None,
        }
    }

    /// The judges.
    #[must_use]
    pub fn judges(&self) -> &[Judge] {
        self.asks().map_or(&[], |asks| &asks.judges)
    }

    /// Whether a prompt shows images.
    #[must_use]
    pub fn shows_images(&self) -> bool {
        let Some(asks) = self.asks() else { return false };
        let judge = asks.judges.iter().map(|judge| &judge.party.prompt);
        judge.chain([&asks.generation.prompt]).any(|prompt| prompt.images().next().is_some())
    }
}

/// What is done to each work item.
#[derive(Debug)]
pub enum Action {
    /// A model is asked.
    Ask(Box<Asks>),
    /// The output is worked out from what is there.
    Rule(Rule),
}

/// Who is asked.
#[derive(Debug)]
pub struct Asks {
    /// Who generates.
    pub generation: Party,
    /// Who generates in later attempts: one after the other, the last one all the rest.
    pub escalated: Vec<Party>,
    /// Who judges.
    pub judges: Vec<Judge>,
    /// How several judges decide, and the mean score that they must come to.
    pub panel: Option<(PanelRule, u8)>,
}

impl Asks {
    /// Who generates in attempt `number`, 1 for the first.
    #[must_use]
    pub fn generation_of(&self, number: u32) -> &Party {
        let later = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(2);
        match self.escalated.get(later).or(self.escalated.last()) {
            Some(party) if number > 1 => party,
            _ => &self.generation,
        }
    }
}

/// One side of the conversation: the generation or the judge.
#[derive(Debug)]
pub struct Party {
    /// Its prompt.
    pub prompt: Prompt,
    /// What its requests share.
    pub spec: Arc<RequestSpec>,
    /// The spec's id.
    pub spec_id: SpecId,
    /// The spec's rowid.
    pub spec_row: i64,
    /// For answers from a table: which values must match.
    pub matching: Option<MatchTemplates>,
    /// The texts that its messages share with each other, longest first.
    pub shared: Vec<Shared>,
    /// Its place among all that a run asks.
    pub way: usize,
}

/// The judge.
#[derive(Debug)]
pub struct Judge {
    /// Its side of the conversation.
    pub party: Party,
    /// Its name; empty where it is the only one.
    pub name: String,
    /// The lowest score that passes, 0 to 100.
    pub min_score: u8,
    /// What it scores one by one, where it does.
    pub rubric: Option<Rubric>,
    /// What its answers are held to, as its prompt shows it.
    pub verdict_schema: Arc<str>,
}

impl Judge {
    /// The name by which the record calls it.
    #[must_use]
    pub fn called(&self) -> &str {
        if self.name.is_empty() { "judge" } else { &self.name }
    }
}

/// Several candidates for each work item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accept {
    /// How many must be accepted before the best is taken.
    pub outputs: usize,
    /// How many there may be.
    pub candidates: u32,
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// An output.
    Generation,
    /// A verdict.
    Judge,
}

impl Purpose {
    /// The word in the run file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generation => "generation",
            Self::Judge => "judge",
        }
    }
}
