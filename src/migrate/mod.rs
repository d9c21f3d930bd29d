//! Translates the configuration of an older Python framework with the same stages into one of Casebook's.
//!
//! [`Older::parse`] reads it and [`Older::migrate`] writes the new one. Nothing is lost silently: for every key and
//! every comment, a [`MigrationRow`] says what happened to it. Where the older framework had another default than
//! Casebook, the older one is written. `rules` says where each key goes; `templates` translates the templates of a
//! context; `python` reads the fields of a schema in Python.
//!
//! This room is pure: the text of one file in, the text of another and the rows out. It may depend on `config` (to read
//! YAML) and `prompt` (for templates in single braces) alone.

mod comments;
mod draft;
mod error;
mod older;
mod python;
mod row;
mod rules;
mod templates;
mod yaml;

pub use error::MigrateError;
pub use older::Older;
pub use python::fields_of;
pub use row::{KeyOutcome, MigrationRow, Placement, PythonSchema, SameFields};

#[cfg(test)]
mod tests;
