//! What the tests stand on: a server on loopback, projects in scratch folders, the real binary, and what a run file says.

pub mod dump;
pub mod project;
pub mod server;
mod stepped;

pub use dump::{Dump, logical_dump, open, texts};
pub use project::{Ended, KEY, KEY_ENV, Project, Running, wrapped};
pub use server::{Act, Ask, Server, by_tags};
