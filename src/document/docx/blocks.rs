//! Writes the paragraphs and tables of a docx as Markdown.

use super::super::markdown::{heading_of, heading_text};
use super::super::markup::{escaped, escaped_lines, heading_line, indented};
use super::super::table::{Cell, markdown_table};

/// What a document is a list of.
#[derive(Debug)]
pub(super) enum Block {
    Paragraph(String),
    /// A heading's level, 1 to 6, and its text.
    Heading(u8, String),
    /// A list item's depth, from 0, and its text.
    Item(usize, String),
    Table(Vec<Vec<Cell>>),
    /// The definition of a footnote, in Markdown.
    Note(String),
}

impl Block {
    /// Its text alone, as in a cell of a table.
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Paragraph(text) | Self::Heading(_, text) | Self::Note(text) => text,
            Self::Item(_, text) => format!("- {text}"),
            Self::Table(rows) => {
                let row = |row: Vec<Cell>| row.into_iter().map(|it| it.text).collect::<Vec<_>>().join(" ");
                rows.into_iter().map(row).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

/// The blocks in Markdown, with a blank line between them but for items of a list.
pub(super) fn markdown(blocks: &[Block]) -> String {
    let mut text = String::new();
    let mut before: Option<&Block> = None;
    for block in blocks {
        let written = match block {
            Block::Paragraph(text) => escaped_lines(text),
            Block::Heading(level, text) => literal_heading(*level, text),
            Block::Item(depth, text) => {
                let indent = "  ".repeat(*depth);
                format!("{indent}- {}", indented(text, indent.len() + 2))
            }
            Block::Table(rows) => markdown_table(rows),
            Block::Note(text) => text.clone(),
        };
        if written.trim().is_empty() {
            continue;
        }
        let is_tight = matches!((before, block), (Some(Block::Item(..)), Block::Item(..)));
        if before.is_some() {
            text.push_str(if is_tight { "\n" } else { "\n\n" });
        }
        text.push_str(&written);
        before = Some(block);
    }
    text
}

/// A heading whose text is no Markdown: where it would be read otherwise, its marks have a `\` before them.
fn literal_heading(level: u8, text: &str) -> String {
    let line = heading_line(level, text);
    match heading_of(&line) {
        Some(read) if read != heading_text(text) => heading_line(level, &escaped(text)),
        _ => line,
    }
}
