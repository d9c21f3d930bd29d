//! The integration tests: one binary, a file per theme.

mod chains;
mod changes;
mod configs;
mod crash;
mod dialects;
mod disk;
mod exports;
#[path = "../../benches/server/mod.rs"]
mod fault_server;
mod faults;
mod groups;
mod http;
mod images;
mod inputs;
mod interrupt;
mod money;
mod network;
mod pace;
mod ping;
#[path = "support/projects.rs"]
mod projects;
mod replay;
mod rules;
mod secrets;
mod support;
mod upgrade;
mod upkeep;
mod verify;
mod walls;
