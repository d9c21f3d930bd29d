//! From a JSON Schema to the contract that answers are held to, and from an answer's text to the output in it.
//!
//! A [`Contract`] is the closed form of a schema: no object may have a field that the schema does not name. Prompts
//! show this closed form, answers are validated against it, and samples are made for it, so that a model is held to
//! exactly what it was told.
//!
//! | what | where |
//! | --- | --- |
//! | a schema file, checked and closed | `contract`, `closed`, `refs`, `subschemas`, `draft`, `validator`, `error` |
//! | mistakes that would be silent | `keywords`, `nullable`, `satisfiable` |
//! | schemas of other origin | `rust_type`, `pydantic`, `infer` (from examples), `authored` (by a model) |
//! | an answer read as JSON, as text or in sections | `answer_form`, `reading`, `answer`, `plain_text`, `sections` |
//! | what is wrong with an answer | `violation` |
//! | the subsets that providers' structured outputs accept | `native` |
//! | what judges answer | `verdict`, `rubric` |
//! | what stands at a path into outputs, and where it may be missing | `output_path`, `listed`, `gap` |
//! | sample outputs | `sample` |
//! | JSON with its keys in order, and pointers into it | `json`, `pointer` |
//!
//! Pure: no I/O, no clock, no environment, no randomness and no network (a `$ref` to another document is an error). May
//! depend on `record` alone. It must never repair an answer or weaken a schema.

mod answer;
mod answer_form;
mod authored;
mod closed;
mod contract;
mod draft;
mod error;
mod field;
mod gap;
mod idle;
mod infer;
mod json;
mod keywords;
mod listed;
mod longer_lists;
mod native;
mod nullable;
mod ordered;
mod output_path;
mod plain_text;
mod pointer;
mod pydantic;
mod reading;
mod refs;
mod rubric;
mod rust_type;
mod sample;
mod satisfiable;
mod sections;
mod subschemas;
mod validator;
mod verdict;
mod violation;
mod written;

pub use answer::{AnswerError, find_object};
pub use answer_form::{AnswerForm, AnswerKind};
pub use authored::{AuthoredSchema, any_schema_contract, author_sample, read_authored};
pub use contract::{Contract, Scrutiny};
pub use error::SchemaError;
pub use gap::{Gap, GapKind};
pub use infer::{InferError, Inference, Inferred};
pub use longer_lists::with_longer_lists;
pub use native::{Native, NotNative, Subset};
pub use ordered::in_order_of;
pub use output_path::{PathTypes, UnknownPath};
pub use reading::OutputError;
pub use rubric::{Criterion, Rubric, RubricVerdict};
pub use sample::{SampleError, Sampler, sample};
pub use sections::{MISSING, PARSE_ERRORS, SectionRules};
pub use verdict::{JudgeVerdict, verdict_contract};
pub use violation::Violation;
pub use written::{WrittenJsonError, read_written_json};

#[cfg(test)]
mod tests;
