//! What both kinds of files need: where their bytes go, and the error of a text that cannot be read.

/// Where the bytes of a file go, piece by piece.
pub(super) type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> rusqlite::Result<()>;

/// Returns the error of a recorded text that is not valid JSON.
pub(super) fn unreadable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}
