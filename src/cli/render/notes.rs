//! Notes of a command that only shows things.

use crate::cli::terminal::Terminal;
use crate::engine::RunEvent;
use crate::view::text;

/// Tells a note on stderr.
pub fn note(terminal: Terminal, event: &RunEvent) {
    if let RunEvent::Note(note) = event {
        terminal.tell(&format!("{} {}", terminal.err.yellow("note:"), text::line(note)));
    }
}
