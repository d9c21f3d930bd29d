//! Doors for this package's own tests, which look at a run file as the program does. No part of the library: what is
//! here may change at any time.

/// The commands as functions.
pub mod engine {
    pub use crate::engine::*;
}

/// Ids, digests and the canonical form.
pub mod record {
    pub use crate::record::*;
}

/// Stages.
pub mod stage {
    pub use crate::stage::artifact;
}

/// The SQL statements, and run files.
pub mod store {
    pub use crate::store::*;
}

/// What is shown.
pub mod view {
    pub use crate::view::item;
}
