//! How large a document may be.

/// The largest document that is read, in bytes. A caller looks at a file's size before it reads it.
pub const MAX_DOCUMENT_BYTES: usize = 100_000_000;

/// The longest text of a heading that is kept, in characters; more is cut off and shown as `…`. A paragraph above a
/// line of hyphens is a heading, however long it is, and each row below it has it in its path.
pub(super) const MAX_HEADING_CHARS: usize = 200;
