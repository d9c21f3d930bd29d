//! Which claims of an output are held against the lines of its document: [`Evidence`].

use serde::{Deserialize, Serialize};

use crate::config::raw::{OnMismatch, QuoteMatch};
use crate::record::{ClaimPlaces, OutputPath, PathError};

/// Claims in an output, each with lines and a quote. The paths are as written; [`Evidence::places`] has them read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Evidence {
    /// The path to the claims.
    pub at: String,
    /// The fields of a claim with its first and its last line, or one field with its only line; below `at`.
    pub lines: Vec<String>,
    /// The field with the quote, below `at`.
    pub quote: String,
    pub on_mismatch: OnMismatch,
    #[serde(rename = "match")]
    pub matching: QuoteMatch,
}

impl Evidence {
    /// The paths of the claims. Only those of a record that was changed by hand can be wrong.
    pub fn places(&self) -> Result<ClaimPlaces, PathError> {
        let lines = self.lines.iter().map(|field| field.parse()).collect::<Result<Vec<OutputPath>, _>>()?;
        Ok(ClaimPlaces { at: self.at.parse()?, lines, quote: self.quote.parse()? })
    }
}
