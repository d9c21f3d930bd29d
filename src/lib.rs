//! Casebook: a local workbench for batches of language-model work.
//!
//! A table, a prompt and a JSON Schema go in; one SQLite file comes out that *is* the run. Everything except the model
//! is a pure function of that file. The model is an oracle whose answer is committed before anything uses it.
//!
//! The rooms depend on each other one way: `cli` → `view`, `engine`; `engine` → `stage`, `transport`; `stage`, `view`
//! → `store`; `stage` → `provider`, `schema`, `prompt`, `tabular`, `config`; everything → `record`.

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
