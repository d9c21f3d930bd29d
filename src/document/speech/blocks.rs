//! The blocks of a document that may hold somebody's words: [`blocks`].

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::document::joined::JoinedLines;

/// A line of the document with its text, without marks.
pub(super) type TextLine = (usize, String);

/// What a run of lines is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    Heading(u8),
    Paragraph,
    Item,
    Quote,
    Code,
    /// A line across the page.
    Rule,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    Text { kind: BlockKind, lines: Vec<TextLine> },
    Table { header: Vec<String>, rows: Vec<(usize, Vec<String>)> },
}

/// The blocks of `lines`, the first of which is line `first` of the document.
pub(super) fn blocks<'a>(lines: impl Iterator<Item = &'a str>, first: usize) -> Vec<Block> {
    let joined = JoinedLines::of(lines, first);
    let mut reader = Reader::default();
    for (event, range) in Parser::new_ext(&joined.text, Options::ENABLE_TABLES).into_offset_iter() {
        reader.take(event, joined.line_at(range.start));
    }
    reader.blocks
}

/// The cells of a header, and the rows below it with their lines.
type OpenTable = (Vec<String>, Vec<(usize, Vec<String>)>);

/// What is open while a document is read.
#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    open: Option<(BlockKind, Vec<TextLine>)>,
    items: usize,
    quotes: usize,
    table: Option<OpenTable>,
    in_header: bool,
    /// Whether the next text begins a line.
    breaks: bool,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: usize) {
        match event {
            Event::Start(tag) => self.start(&tag, line),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.push(&text, line),
            Event::SoftBreak | Event::HardBreak => self.breaks = true,
            Event::InlineHtml(html) if html.starts_with("<br") => self.push(" ", line),
            Event::Rule => {
                self.close();
                self.blocks.push(Block::Text { kind: BlockKind::Rule, lines: vec![(line, String::new())] });
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, line: usize) {
        match tag {
            Tag::Heading { level, .. } => self.begin(BlockKind::Heading(*level as u8)),
            Tag::Paragraph => self.begin(self.kind()),
            Tag::CodeBlock(_) => self.begin(BlockKind::Code),
            Tag::Item => {
                self.close();
                self.items += 1;
            }
            Tag::BlockQuote(_) => {
                self.close();
                self.quotes += 1;
            }
            Tag::List(_) | Tag::HtmlBlock => self.close(),
            Tag::Table(_) => {
                self.close();
                self.table = Some((Vec::new(), Vec::new()));
            }
            Tag::TableHead => self.in_header = true,
            Tag::TableRow => {
                if let Some((_, rows)) = &mut self.table {
                    rows.push((line, Vec::new()));
                }
            }
            Tag::TableCell => {
                if let Some(cells) = self.cells() {
                    cells.push(String::new());
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::CodeBlock => self.close(),
            TagEnd::Item => {
                self.close();
                self.items = self.items.saturating_sub(1);
            }
            TagEnd::BlockQuote(_) => {
                self.close();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::TableHead => self.in_header = false,
            TagEnd::Table => {
                if let Some((header, rows)) = self.table.take() {
                    self.blocks.push(Block::Table { header, rows });
                }
            }
            _ => {}
        }
    }

    /// What a paragraph here is.
    fn kind(&self) -> BlockKind {
        if self.quotes > 0 {
            BlockKind::Quote
        } else if self.items > 0 {
            BlockKind::Item
        } else {
            BlockKind::Paragraph
        }
    }

    fn begin(&mut self, kind: BlockKind) {
        self.close();
        self.open = Some((kind, Vec::new()));
        self.breaks = true;
    }

    fn close(&mut self) {
        let Some((kind, mut lines)) = self.open.take() else { return };
        for (_, text) in &mut lines {
            let trimmed = text.split_whitespace().collect::<Vec<_>>().join(" ");
            *text = trimmed;
        }
        lines.retain(|(_, text)| !text.is_empty());
        if !lines.is_empty() {
            self.blocks.push(Block::Text { kind, lines });
        }
    }

    fn cells(&mut self) -> Option<&mut Vec<String>> {
        let in_header = self.in_header;
        let (header, rows) = self.table.as_mut()?;
        if in_header { Some(header) } else { rows.last_mut().map(|(_, cells)| cells) }
    }

    fn push(&mut self, text: &str, line: usize) {
        if self.table.is_some() {
            if let Some(cell) = self.cells().and_then(|cells| cells.last_mut()) {
                cell.push_str(text);
            }
            return;
        }
        // The text of an item of a list without blank lines stands in no paragraph.
        if self.open.is_none() && self.items + self.quotes > 0 {
            self.begin(self.kind());
        }
        let Some((kind, lines)) = &mut self.open else { return };
        if *kind == BlockKind::Code {
            for (index, text) in text.lines().enumerate() {
                lines.push((line + index, text.to_owned()));
            }
            return;
        }
        match lines.last_mut().filter(|_| !self.breaks) {
            Some((_, last)) => last.push_str(text),
            None => lines.push((line, text.to_owned())),
        }
        self.breaks = false;
    }
}
