//! A question to a model ([`Question`]), and why one cannot be asked ([`AskError`]).

use std::sync::Arc;

use super::evidence::Evidence;
use super::reading::Reading;
use super::task::Purpose;
use crate::prompt::{PromptError, TemplateRow};
use crate::provider::ChatRequest;
use crate::record::RequestId;

/// Why a question cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// A template cannot be rendered.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// An image cannot be shown, in this question or in the judge's.
    #[error("{0}")]
    Image(String),
    /// There is no request for this work item.
    #[error("{0}")]
    Request(String),
    /// A rule or a condition cannot be evaluated.
    #[error("the rule cannot be worked out: {0}")]
    Rule(String),
}

/// A question to a model.
#[derive(Clone, Debug)]
pub struct Question {
    pub purpose: Purpose,
    /// The index of the model that is asked, among the routes of the run.
    pub route: usize,
    pub request: ChatRequest,
    pub id: RequestId,
    /// The rowid of the request's spec; `None` if it is one of this request's own, which is recorded with it.
    pub spec_row: Option<i64>,
    /// The messages as the run file keeps them, see [`super::fold`].
    pub messages: String,
    /// How its answer is read.
    pub reading: Reading,
    /// The row whose lines the answer quotes, in a step with evidence.
    pub quoted: Option<(Arc<Evidence>, Arc<TemplateRow>)>,
}
