//! What proves the claims in an output: [`Evidence`].

use std::fmt;

use schemars::JsonSchema;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Claims in an output that name lines of their document and quote what stands there. Each claim is held against these
/// lines before checks and judges see the output.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The path to the claims in an output, with `[]` for each element of a list: `use_cases[].evidence[]`.
    pub at: String,
    /// The fields of a claim with its lines: the first and the last one, or one field where a claim has one line.
    #[schemars(extend("default" = ["line_start", "line_end"]))]
    pub lines: Option<LineFields>,
    /// The field of a claim with the text that stands on these lines.
    #[schemars(extend("default" = "quote"))]
    pub quote: Option<String>,
    /// What follows if the quote is not what stands on the lines.
    #[schemars(extend("default" = "retry"))]
    pub on_mismatch: Option<OnMismatch>,
    /// When the quote is what stands on the lines.
    #[schemars(extend("default" = "exact"))]
    pub r#match: Option<QuoteMatch>,
}

/// The fields of a claim with its lines: one name, or a list of one or two.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum LineFields {
    /// The field of a claim that has one line.
    One(String),
    /// The fields with the first and the last line.
    Many(#[schemars(length(min = 1, max = 2))] Vec<String>),
}

impl LineFields {
    /// The fields, in the order in which they are written.
    #[must_use]
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(field) => vec![field],
            Self::Many(fields) => fields,
        }
    }
}

impl<'de> Deserialize<'de> for LineFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = LineFields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field, or a list of one or two fields")
            }

            fn visit_str<E: serde::de::Error>(self, field: &str) -> Result<LineFields, E> {
                Ok(LineFields::One(field.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<LineFields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = seq.next_element()? {
                    fields.push(field);
                }
                Ok(LineFields::Many(fields))
            }
        }
        deserializer.deserialize_any(Fields)
    }
}

/// What follows if a quote is not what stands on the lines that it names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnMismatch {
    /// The model is told what is wrong and asked again, as often as `llm.retries` says. Then the work item is rejected.
    #[default]
    Retry,
    /// A quote that stands exactly once elsewhere in the row gets the lines where it stands. Any other is as with
    /// `retry`.
    Relocate,
    /// The work item is rejected at once.
    Fail,
}

/// When a quote is what stands on its lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuoteMatch {
    /// It equals the lines, joined by line breaks.
    #[default]
    Exact,
    /// It equals them after the blanks at both ends of each line are set aside.
    Trimmed,
}
