//! Prompts: from files, rows and groups to the exact texts that are sent.
//!
//! Templates are Jinja with strict undefined values: what is not there is an error, found before the first call where
//! it can be ([`Prompt::check`]). Values are data: none is ever rendered again, escaped or taken for a template. One
//! line break at the end of a template is not part of its text; all other white space is kept as written. A prompt may
//! also be written in single braces ([`PromptSyntax::Braces`]).
//!
//! [`PromptSyntax::Braces`]: crate::config::PromptSyntax::Braces
//!
//! This room depends on [`crate::config`] for settings and for reading YAML with places. It reads no file, clock or
//! environment, and the same input always gives the same bytes.

pub(crate) mod braces;
mod checks;
mod context;
mod error;
mod feedback;
mod file;
mod images;
mod known;
mod matching;
mod rule;
mod template;
mod vars;

pub use checks::Checks;
pub use context::{Context, ContextBuilder};
pub use error::PromptError;
pub use feedback::feedback;
pub use file::Prompt;
pub use known::{Known, Purpose};
pub use matching::MatchTemplates;
pub use rule::{Condition, Rule};
pub use template::literals;
pub use vars::{Columns, Group, Lineage, Row, Shown, Source, Vars};

#[cfg(test)]
mod tests;
