//! The integration tests: what Casebook promises of run files, servers and files, held by the library and the binary.

mod changes;
mod configs;
mod exports;
mod http;
mod inputs;
#[path = "support/projects.rs"]
mod projects;
mod support;
mod verify;
