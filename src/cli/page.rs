//! A page about one work item for a person, as text or as Markdown: headings, fields, points and blocks of text.
//!
//! No value on it can act on the terminal or open markup.

use std::io::{self, Write};

use super::terminal::Stream;
use crate::view::{rows, text};

pub struct Page<'a, W: Write> {
    pub out: &'a mut W,
    /// Whether it is Markdown.
    pub md: bool,
    pub paint: Stream,
}

impl<W: Write> Page<'_, W> {
    pub fn title(&mut self, title: &str) -> io::Result<()> {
        let title = text::line(title);
        if self.md {
            writeln!(self.out, "# {}\n", rows::markdown(&title))
        } else {
            writeln!(self.out, "{}", self.paint.bold(&title))
        }
    }

    pub fn heading(&mut self, name: &str) -> io::Result<()> {
        let name = text::line(name);
        if self.md {
            writeln!(self.out, "\n## {}\n", rows::markdown(&name))
        } else {
            writeln!(self.out, "\n{}", self.paint.bold(&name))
        }
    }

    /// A name with its value, which may have several lines.
    pub fn field(&mut self, name: &str, value: &str) -> io::Result<()> {
        let name = text::line(name);
        if self.md {
            return writeln!(self.out, "- {}: {}", rows::markdown(&name), rows::markdown(value));
        }
        let mut lines = value.lines();
        let first = text::block(lines.next().unwrap_or_default()).into_owned();
        writeln!(self.out, "  {} {first}", self.paint.dim(&format!("{name:<12}")))?;
        lines.try_for_each(|line| writeln!(self.out, "  {:<12} {}", "", text::block(line)))
    }

    /// A line of a list.
    pub fn point(&mut self, indent: &str, line: &str) -> io::Result<()> {
        if self.md {
            writeln!(self.out, "{indent}- {}", rows::markdown(line))
        } else {
            writeln!(self.out, "{indent}  {}", text::line(line))
        }
    }

    /// A heading within a section, with a text under it.
    pub fn part(&mut self, name: &str, body: &str) -> io::Result<()> {
        let name = text::line(name);
        if self.md {
            writeln!(self.out, "\n**{name}**\n")?;
        } else {
            writeln!(self.out, "\n  {}", self.paint.dim(&format!("[{name}]")))?;
        }
        self.block(body)
    }

    /// A text with its lines as they are. Indented text is code in Markdown too, and cannot be closed from inside.
    pub fn block(&mut self, body: &str) -> io::Result<()> {
        body.lines().try_for_each(|line| writeln!(self.out, "    {}", text::block(line)))
    }
}
