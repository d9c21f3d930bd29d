//! Casebook: a local workbench for batches of language-model work.
//!
//! It reads a table, a prompt and a JSON Schema, and writes one SQLite file that *is* the run. Everything except the
//! model is a pure function of that file. The model is an oracle whose answer is committed before anything uses it.
//!
//! # A batch as Rust values
//!
//! Begin with [`Batch`]: items with a [`Request`] each, a schema, a model, and a handler that receives each
//! [`ItemResult`]. It runs on the engine of the command `casebook run`, and leaves the same run file, which the other
//! commands read: `casebook status`, `show`, `sql`, `verify`.
//!
//! ```
//! use casebook::{Batch, Llm, Request};
//! use serde_json::json;
//!
//! # fn main() -> Result<(), casebook::Error> {
//! # let dir = tempfile::tempdir().unwrap();
//! # let run_file = dir.path().join("words.db");
//! let summary = Batch::builder()
//!     .items(["casebook", "ledger"], |word| Some(Request::new(format!("What is a {word}?"))))
//!     .schema_json(json!({"type": "object", "properties": {"meaning": {"type": "string"}}, "required": ["meaning"]}))
//!     .llm(Llm::new("sample"))
//!     .run_file(run_file)
//!     .run()?;
//! assert!(summary.is_complete());
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! `cli` (default) is the command `casebook`. `default-features = false` leaves it out, along with the crates that only
//! the command depends on.

#![cfg_attr(
    not(feature = "cli"),
    expect(
        dead_code,
        unused_imports,
        reason = "read models, upkeep and parts of the other rooms that only the command uses are compiled all the same"
    )
)]

// Which room may use which is held by tests/it/walls.rs.
mod batch;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod config;
mod dispatch;
mod document;
mod engine;
mod eval_tools;
mod evidence;
mod experiment;
mod finetune;
#[doc(hidden)]
pub mod inside;
mod likeness;
mod migrate;
mod price;
mod project;
mod prompt;
mod provider;
mod record;
mod schema;
mod stage;
mod stats;
mod store;
mod tabular;
mod testset;
mod transport;
mod view;
#[cfg(feature = "cli")]
mod web;

pub use batch::{
    Answer, Batch, CallError, CallErrorKind, Error, Failure, Generating, Handled, IntoRequest, ItemResult, Llm,
    Message, MessageImage, ModelCall, Outcome, Pace, Preparing, Progress, Request, Role, RunError, StepSummary,
    Summary, Usage,
};
/// The crate of [`JsonSchema`], in the version that [`Batch::schema`] needs. Where it is not among your dependencies,
/// point its derive here: `#[schemars(crate = "casebook::schemars")]`.
pub use schemars;
pub use schemars::JsonSchema;
