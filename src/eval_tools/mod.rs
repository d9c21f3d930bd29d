//! Files for evaluation tools: a tool-neutral [`EvalItem`] in, the bytes that `DeepEval`, Giskard, Evidently, Inspect,
//! promptfoo or Langfuse load out.
//!
//! [`EvalFile`] lists the files, [`EvalWriter`] writes one of them item by item, and [`EvalFindings`] counts what a
//! format holds in another way than the item does: a role that it refuses, an integer that it would round. There is a
//! file for each tool; what a tool really loads, by version, stands in `docs/evaluation-tools.md`.
//!
//! Two rules hold in all of them. Content is never lost: what a format has no place for goes to its metadata, and what
//! has no place at all is counted. And a text is data: it never stands where a tool renders a template.
//!
//! This room may depend on [`crate::tabular`] for cells of CSV. It must never read a file, a clock or the environment.

mod deepeval;
mod evidently;
mod file;
mod findings;
mod giskard;
mod giskard2;
mod giskard_hub;
mod inspect;
mod item;
mod json;
mod langfuse;
mod metadata;
mod pandas;
mod promptfoo;
mod role;
#[cfg(test)]
mod tests;
mod writer;

pub use file::EvalFile;
pub use findings::{EvalFinding, EvalFindings};
pub use item::{EvalInput, EvalItem, EvalMessage, EvalRemarks};
pub use langfuse::langfuse_item;
pub use metadata::free_name;
pub use writer::{EvalSettings, EvalWriter};
