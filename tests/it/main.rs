//! The integration tests: one binary, a file per theme.

mod changes;
mod configs;
mod crash;
mod exports;
mod groups;
mod http;
mod images;
mod inputs;
mod interrupt;
mod ping;
#[path = "support/projects.rs"]
mod projects;
mod replay;
mod rules;
mod secrets;
mod support;
mod upkeep;
mod verify;
mod walls;
