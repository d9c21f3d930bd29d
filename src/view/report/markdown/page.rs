//! A Markdown page that grows line by line, and its tables.

use std::fmt::{Display, Write as _};

use super::super::model::LabelShare;
use super::escape::escape;

/// The alignment of a column.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Right,
}
pub(super) use Align::{Left, Right};

#[derive(Default)]
pub(super) struct MarkdownPage {
    pub(super) text: String,
}

impl MarkdownPage {
    /// Adds a paragraph or a heading. Values in it are escaped already.
    pub(super) fn line(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Adds a table. Cells are escaped already.
    pub(super) fn table(&mut self, head: &[(&str, Align)], rows: impl IntoIterator<Item = Vec<String>>) {
        let names: Vec<&str> = head.iter().map(|(name, _)| *name).collect();
        let rules = head.iter().map(|(_, side)| match side {
            Left => "---",
            Right => "---:",
        });
        self.line(&format!("| {} |", names.join(" | ")));
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "| {} |", rules.collect::<Vec<_>>().join(" | "));
        for row in rows {
            let _ = writeln!(self.text, "| {} |", row.join(" | "));
        }
    }

    /// Adds a table of labels with their counts and shares.
    pub(super) fn slices(&mut self, head: [&str; 2], slices: &[LabelShare]) {
        let row = |slice: &LabelShare| vec![escape(&slice.label), cell(slice.share.part), cell(slice.share.percent())];
        self.table(&[(head[0], Left), (head[1], Right), ("Share", Right)], slices.iter().map(row));
    }
}

pub(super) fn cell(value: impl Display) -> String {
    value.to_string()
}

pub(super) fn optional(value: Option<impl Display>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}
