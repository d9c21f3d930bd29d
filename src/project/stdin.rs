//! Rows from stdin (`input.path: -`): kept in a scratch file, since they are read more than once, and their digest is
//! their name in the record.

use std::fs::File;
use std::io::{self, IsTerminal as _, Seek as _};
use std::sync::OnceLock;

/// What stdin held. The process has one stdin, which can be read once.
static SPOOLED: OnceLock<File> = OnceLock::new();

/// What stdin holds, from its beginning. All handles share one position, so only one reader may read at a time.
pub(super) fn open() -> io::Result<File> {
    if SPOOLED.get().is_none() {
        let mut stdin = io::stdin().lock();
        if stdin.is_terminal() {
            let message = "`input.path` is `-`, but nothing is piped into stdin";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let mut spool = tempfile::tempfile()?;
        io::copy(&mut stdin, &mut spool)?;
        // No one else reads stdin meanwhile: its lock is held.
        let _ = SPOOLED.set(spool);
    }
    let spool = SPOOLED.get().ok_or_else(|| io::Error::other("stdin was not kept"))?;
    let mut file = spool.try_clone()?;
    file.rewind()?;
    Ok(file)
}
