//! Answers in sections of Markdown: the form that a schema leads to, the format that a model is asked for, and the
//! reader of such answers.
//!
//! `from_schema` makes a [`Form`]. `write` describes it to a model ([`Form::description`]) and writes samples
//! ([`Form::write`]). `read` reads answers ([`Form::read`]) as strictly as [`SectionRules`] say, with the help of
//! `scan` (which lines belong to which field), `label`, `markdown`, `names`, `scalar`, `number`, `text` and `list`.
//! `output_schema` is the schema of what is read, and `problem` is what could not be read. All follow the same form, so
//! that what is asked for is what is read.
//!
//! The rules of the reader:
//!
//! - A heading names a field, at any level, in any order and in any case; only its letters and digits count. What
//!   stands under the heading is the field's value.
//! - A field without a heading may be labelled instead: `Rating: 7`, `**Rating**: 7`, `Rating - 7`, `- Rating: 7`, or a
//!   row `| Rating | 7 |` of a table.
//! - A name may have a number before it (`Section 1:`, `2.`, `Part A -`). Where white space alone stands between a name
//!   and a value, the value has to be one of its type.
//! - Code in fences and comments are never headings or labels. A margin that all lines have is taken off.
//! - Nothing is guessed. A value that is missing, that cannot be read as its type, or that is given twice with
//!   different content is null, and a [`SectionProblem`] says so.
//!
//! Depends on this room's JSON trees, pointers and references alone. It must never fail on a text, and never make up a
//! value.

mod form;
mod from_schema;
mod label;
mod list;
mod markdown;
mod names;
mod number;
mod output_schema;
mod problem;
mod read;
mod rules;
mod scalar;
mod scan;
mod text;
mod write;

pub use form::{Form, FormError};
pub use problem::{MISSING, PARSE_ERRORS, SectionProblem};
pub use read::Reading;
pub use rules::SectionRules;

#[cfg(test)]
mod tests;
