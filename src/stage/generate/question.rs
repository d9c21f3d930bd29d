//! A question to a model ([`Question`]), and why one cannot be asked ([`AskError`]).

use super::task::Purpose;
use crate::prompt::PromptError;
use crate::provider::ChatRequest;
use crate::record::RequestId;

/// Why a question cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It cannot be put into words.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// An image that belongs to it, or to the one that follows, cannot be shown.
    #[error("{0}")]
    Image(String),
    /// A rule does not work the output out.
    #[error("the rule cannot be worked out: {0}")]
    Rule(String),
}

/// A question to a model.
#[derive(Clone, Debug)]
pub struct Question {
    /// What it is for.
    pub purpose: Purpose,
    /// Who is asked: its place among all that a run asks.
    pub way: usize,
    /// The request.
    pub request: ChatRequest,
    /// The request's id.
    pub id: RequestId,
    /// The spec's rowid.
    pub spec_row: i64,
    /// The messages as the record keeps them.
    pub messages: String,
}
