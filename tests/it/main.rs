//! The integration tests: one binary, a file per theme.

mod changes;
mod configs;
mod crash;
mod dialects;
mod exports;
mod groups;
mod http;
mod inputs;
mod interrupt;
#[path = "support/projects.rs"]
mod projects;
mod replay;
mod rules;
mod secrets;
mod support;
mod upkeep;
mod verify;
mod walls;
