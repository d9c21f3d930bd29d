//! Casebook: a local workbench for batches of language-model work.
//!
//! A table, a prompt and a JSON Schema go in; one SQLite file comes out that *is* the run. Everything except the model
//! is a pure function of that file. The model is an oracle whose answer is committed before anything uses it.
//!
//! # A batch as Rust values
//!
//! [`Batch`] is where to begin: items with a [`Request`] each, a schema, a model, and a handler that is told of each
//! [`ItemResult`]. It runs on the same engine as the command `casebook run`, and leaves the same record, which the
//! command reads: `casebook status`, `show`, `sql`, `verify`.
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
//! Everything else that is public here serves the command, its tests and its benchmark, and may change at any time.

// Which room may use which is held by tests/it/walls.rs.
mod batch;
pub mod cli;
pub mod config;
pub mod engine;
pub mod migrate;
pub mod price;
pub mod prompt;
pub mod provider;
pub mod record;
pub mod schema;
pub mod stage;
pub mod store;
pub mod tabular;
pub mod transport;
pub mod view;

pub use batch::{Batch, Error, Failure, Handled, ItemResult, Llm, Outcome, Request, Summary, Usage};
pub use engine::{Generating, Progress};
/// The crate of [`JsonSchema`], in the version that is needed here. Where it is not among your dependencies, tell its
/// derive where it is: `#[schemars(crate = "casebook::schemars")]`.
pub use schemars;
pub use schemars::JsonSchema;
