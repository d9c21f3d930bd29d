//! The judges and what follows from their verdicts: [`Judge`], [`Panel`], [`Accept`] and [`Until`].

use serde::{Deserialize, Serialize};

use super::Llm;
use crate::config::raw::{Criterion, JudgeRule};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Judge {
    /// Empty for a step's only judge.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The path of the judge's prompt, as written.
    pub prompt: String,
    /// The lowest score that passes, from 0 to 100.
    pub min_score: u8,
    /// Criteria that are scored one by one; empty for a judge that gives one score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rubric: Vec<Criterion>,
    pub llm: Llm,
}

/// Several judges and the rule by which they decide.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Panel {
    pub rule: JudgeRule,
    /// The lowest mean score that passes, from 0 to 100.
    pub min_score: u8,
    pub judges: Vec<Judge>,
}

/// Several candidates for each work item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Accept {
    /// How many candidates must be accepted before the best of them is taken.
    pub outputs: u32,
    /// The most candidates that a work item may have.
    pub candidates: u32,
}

/// When a step has enough accepted work items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Until {
    /// The number of accepted work items after which no other work item is begun.
    pub accepted: u64,
}
