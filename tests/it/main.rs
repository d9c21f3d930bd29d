//! The integration tests: one binary, a file per theme.

mod bulk;
mod chains;
mod changes;
mod circles;
mod configs;
mod crash;
mod dialects;
mod disk;
mod exports;
mod face;
#[path = "../../benches/server/mod.rs"]
mod fault_server;
mod faults;
mod gates;
mod groups;
mod histories;
mod http;
mod images;
mod inputs;
mod inside;
mod interrupt;
mod latest;
mod library;
mod migrate;
mod modules;
mod money;
mod network;
mod notes;
mod pace;
mod ping;
mod plans;
#[path = "support/projects.rs"]
mod projects;
mod replay;
mod review;
mod rounds;
mod rules;
mod schemas;
mod secrets;
mod steps;
mod stops;
mod support;
mod text_answers;
mod upkeep;
mod verify;
mod walls;
