//! What both kinds of files need: where their bytes go, what they came to, and the error of a text that cannot be read.

use serde_json::Value;

use super::expand::Unmatched;
use crate::eval_tools::EvalFinding;

/// Where the bytes of a file go, piece by piece.
pub(super) type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> rusqlite::Result<()>;

/// What a file came to.
#[derive(Clone, Debug, Default)]
pub(super) struct RenderedFile {
    pub(super) rows: i64,
    pub(super) unmatched: Unmatched,
    /// What there is to say, such as what a tool's file holds in another way than the items do.
    pub(super) findings: Vec<EvalFinding>,
    /// What the examples of a format for fine-tuning came to, under its name.
    pub(super) counts: Option<(&'static str, Value)>,
}

/// Returns the error of a recorded text that is not valid JSON.
pub(super) fn unreadable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}
