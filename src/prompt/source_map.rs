//! Where the pieces of a template with parts are written: [`SourceMap`].

use std::sync::Arc;

/// A piece of a template, up to the next one.
#[derive(Clone, Debug)]
struct Piece {
    /// Its byte offset in the template.
    at: usize,
    /// The name of its file in messages; `None` for the prompt itself.
    file: Option<Arc<str>>,
    /// The text of the file, or of the prompt's template.
    source: Arc<str>,
    /// Its byte offset there.
    from: usize,
}

/// The pieces of a template with parts.
#[derive(Clone, Debug, Default)]
pub(super) struct SourceMap {
    pieces: Vec<Piece>,
    text: Arc<str>,
}

/// A position in one of the files of a template, with line and column from 1.
pub(super) struct Written {
    /// `None` for the prompt itself.
    pub(super) file: Option<Arc<str>>,
    pub(super) line: usize,
    pub(super) column: usize,
}

impl SourceMap {
    pub(super) fn push(&mut self, at: usize, file: Option<Arc<str>>, source: &Arc<str>, from: usize) {
        self.pieces.push(Piece { at, file, source: Arc::clone(source), from });
    }

    /// Sets the text of the whole template.
    pub(super) fn of(&mut self, text: &str) {
        self.text = Arc::from(text);
    }

    /// Where the character in a line and at a column of the template is written.
    pub(super) fn find(&self, line: usize, column: usize) -> Option<Written> {
        let start: usize = self.text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let in_line = self.text[start..].char_indices().nth(column.saturating_sub(1));
        let offset = start + in_line.map_or(0, |(offset, _)| offset);
        let piece = self.pieces.iter().rev().find(|piece| piece.at <= offset)?;
        let there = (piece.from + offset - piece.at).min(piece.source.len());
        let before = piece.source.get(..there)?;
        Some(Written {
            file: piece.file.clone(),
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
        })
    }
}
