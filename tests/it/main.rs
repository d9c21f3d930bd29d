//! The integration tests: what Casebook promises of run files, servers and files, held by the library and the binary.

mod changes;
mod configs;
mod crash;
mod exports;
mod http;
mod inputs;
mod interrupt;
#[path = "support/projects.rs"]
mod projects;
mod replay;
mod secrets;
mod support;
mod verify;
