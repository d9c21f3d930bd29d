//! The integration tests, one file per theme.

#[path = "support/projects.rs"]
mod projects;

mod changes;
