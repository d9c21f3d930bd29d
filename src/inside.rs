//! Access for this package's own tests, which look at a run file as the program does. It is not part of
//! the library's interface, and changes at any time.

/// The functions behind the commands.
pub mod engine {
    pub use crate::engine::*;
}

/// Ids, digests and the canonical form.
pub mod record {
    pub use crate::record::*;
}

/// Reading and writing artifacts.
pub mod stage {
    pub use crate::stage::artifact;
}

/// Statistics, for the benchmark and for scripts that hold them against other packages.
pub mod stats {
    pub use crate::stats::*;
}

/// Opening run files, and the SQL statements.
pub mod store {
    pub use crate::store::*;
}

/// Finding and reading one work item.
pub mod view {
    pub use crate::view::item;
}
