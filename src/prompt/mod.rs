//! Prompts and templates: from rows, groups and outputs to the exact texts that are sent.
//!
//! A [`Prompt`] is a prompt file, compiled; [`ContextBuilder`] makes the `context` of a row or a group; [`Checks`],
//! [`Condition`], [`Rule`] and [`MatchTemplates`] are the other templates and expressions of a configuration. [`Vars`]
//! are the variables that they see, and [`Known`] says which names they may use.
//!
//! Templates are Jinja with strict undefined values: an unknown name is an error, before the first call where that is
//! possible ([`Prompt::check`]). Values are data: none is rendered again, escaped or taken for a template. One line
//! break at the end of a template is not part of its text; all other white space is kept as written. A prompt may also
//! be written in single braces ([`PromptSyntax::Braces`]).
//!
//! [`PromptSyntax::Braces`]: crate::config::PromptSyntax::Braces
//!
//! This room may depend on [`crate::config`], for settings and for YAML with positions, and on [`crate::likeness`] and
//! [`crate::document`], for filters. It must never read a file, a clock or the environment: the same input always gives
//! the same bytes.

mod absent;
mod bound;
mod bounds;
pub(crate) mod braces;
mod cell;
mod checks;
mod compare;
mod context;
mod documents;
mod error;
mod expression;
mod fault;
mod feedback;
mod file;
mod functions;
mod images;
mod include;
mod input_data;
mod known;
mod lineage;
mod markup;
mod matching;
mod mismatch;
mod names;
mod operators;
mod origin;
mod paths;
mod precheck;
mod rendered;
mod rule;
mod scope;
mod settings;
mod shape;
mod source_map;
mod table;
mod template;
mod turn;
mod uses;
mod vars;
mod written;

pub use checks::Checks;
pub use context::ContextBuilder;
pub use documents::{
    DocumentLookup, DocumentNames, DocumentUse, Passage, Retrieval, RetrievalLog, Retrieved, TemplateDocuments,
};
pub use error::PromptError;
pub use feedback::feedback;
pub use file::Prompt;
pub use include::{PartFault, Parts, PromptPart};
pub use input_data::InputData;
pub use known::{Known, TemplateUse};
pub use lineage::{Lineage, ParentItem, TemplateValue};
pub use matching::MatchTemplates;
pub use paths::is_within;
pub use rendered::RenderedContext;
pub use rule::{Condition, Rule};
pub use settings::TemplateSettings;
pub use shape::kind_at;
pub use table::{TemplateColumns, TemplateGroup, TemplateRow};
pub use template::literals;
pub use turn::TurnRole;
pub use vars::Vars;
pub use written::PromptSource;

#[cfg(test)]
mod tests;
