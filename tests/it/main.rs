//! The integration tests: one binary, a file per theme.

mod crash;
mod http;
mod interrupt;
mod replay;
mod secrets;
mod support;
