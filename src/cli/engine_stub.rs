//! The engine as the commands use it.

pub use crate::config::json_schema as config_schema;
pub use crate::engine::*;
pub use crate::stage::plan::Counts;
