//! The integration tests: the real binary, and what it promises of run files, servers and files.

mod crash;
mod http;
mod interrupt;
mod replay;
mod secrets;
mod support;
