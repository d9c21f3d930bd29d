//! The integration tests: one binary, a file per theme.

mod changes;
mod configs;
mod exports;
mod groups;
mod http;
mod inputs;
#[path = "support/projects.rs"]
mod projects;
mod rules;
mod support;
mod upkeep;
mod verify;
mod walls;
