//! How large a table may be.

/// The longest cell that is read, in bytes of UTF-8.
pub const MAX_CELL_BYTES: usize = 16 << 20;

/// The longest line of a text format, in bytes of UTF-8.
pub const MAX_LINE_BYTES: usize = 64 << 20;

/// The most columns a table may have. SQLite's views have at most 2,000, and outputs need some of them.
pub const MAX_COLUMNS: usize = 1_500;

/// The most cells with a value that a sheet may have, repeated ones counted each time.
pub const MAX_SHEET_CELLS: u64 = 50_000_000;

/// The most bytes of UTF-8 that the cells of a sheet may come to, repeated ones counted each time.
pub const MAX_SHEET_BYTES: u64 = 1 << 30;
