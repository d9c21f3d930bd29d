//! The integration tests: one binary, a file per theme.

mod changes;
mod configs;
mod crash;
mod exports;
#[path = "../../benches/server/mod.rs"]
mod fault_server;
mod faults;
mod groups;
mod http;
mod inputs;
mod interrupt;
mod money;
mod network;
mod pace;
#[path = "support/projects.rs"]
mod projects;
mod replay;
mod rules;
mod secrets;
mod support;
mod upkeep;
mod verify;
mod walls;
