//! Makes rows of a document: the whole of it, its sections, or runs of its lines.

use std::collections::HashMap;

use super::front_matter::front_matter;
use super::markdown::{Heading, Structure, structure};
use super::note::DocumentNote;
use super::pieces::{Lengths, Run};
use super::read::Document;

/// What one row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SplitBy {
    /// The whole document, whatever its size.
    Document,
    /// A section under a heading.
    Section,
    /// A run of lines.
    Lines,
}

impl SplitBy {
    /// Its name in a configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Section => "section",
            Self::Lines => "lines",
        }
    }
}

/// How a document is split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitRules {
    pub by: SplitBy,
    /// The deepest heading that begins a section, 1 to 6.
    pub heading_level: u8,
    /// The most characters of a row's text, where it can be cut.
    pub max_chars: usize,
    /// The lines of a run that the next one repeats, by [`SplitBy::Lines`].
    pub overlap_lines: usize,
}

impl Default for SplitRules {
    fn default() -> Self {
        Self { by: SplitBy::Section, heading_level: 2, max_chars: 12_000, overlap_lines: 0 }
    }
}

/// One row of a document. Lines are counted from 1 and included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The texts of the headings above its lines, the outermost first; empty before the first heading, and where rows
    /// are whole documents or runs of lines.
    pub heading_path: Vec<String>,
    /// The text of the last heading in the path, or the document's title.
    pub title: String,
    /// Tells rows of the same path apart, counted from 1.
    pub occurrence: u32,
    /// Which piece of its section it is, counted from 1. Where a row has an `occurrence` above 1 and is part 1 of a
    /// section, the document repeats a heading path.
    pub part: u32,
    pub first_line: usize,
    pub last_line: usize,
}

/// The rows of a document, in its order.
#[derive(Debug, PartialEq, Eq)]
pub struct Split {
    pub sections: Vec<Section>,
    /// What could not be cut.
    pub notes: Vec<DocumentNote>,
}

/// Splits a document. `name` is the document's, whose last part without its extension is the title where there is no
/// other.
#[must_use]
pub fn split(document: &Document, name: &str, rules: &SplitRules) -> Split {
    let lengths = Lengths::of(document);
    let front = front_matter_lines(document);
    let structure = if document.format.has_markdown() {
        structure(document.lines_between(front + 1, document.line_count()).map(|line| line.text), front + 1)
    } else {
        Structure::default()
    };
    let mut splitting = Splitting {
        document,
        lengths,
        structure: &structure,
        title: document.title.clone().unwrap_or_else(|| stem(name)),
        max_chars: rules.max_chars.max(1),
        occurrences: HashMap::new(),
        made: Split { sections: Vec::new(), notes: Vec::new() },
    };
    let whole = Run { first: 1, last: document.line_count() };
    match rules.by {
        SplitBy::Document => {
            if document.title.is_none() {
                let heading = structure.headings.iter().find(|it| it.level == 1 && !it.text.is_empty());
                splitting.title = heading.map_or(splitting.title, |it| it.text.clone());
            }
            splitting.add(whole, &Vec::new(), 1);
        }
        SplitBy::Lines => {
            for (index, run) in splitting.lengths.runs(splitting.max_chars, rules.overlap_lines).into_iter().enumerate()
            {
                splitting.note_if_long(run);
                splitting.add(run, &Vec::new(), index + 1);
            }
        }
        SplitBy::Section => splitting.divide(&structure.headings, whole, &Path::default(), rules.heading_level),
    }
    splitting.made
}

fn front_matter_lines(document: &Document) -> usize {
    let is_markdown = document.format == super::DocumentFormat::Markdown;
    let found = is_markdown.then(|| front_matter(document.lines().map(|line| line.text))).flatten();
    found.map_or(0, |it| it.line_count)
}

/// The last part of a path with `/`, without its extension.
fn stem(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(stem, _)| if stem.is_empty() { file } else { stem }).to_owned()
}

/// The headings above a place, with their levels.
type Path = Vec<(u8, String)>;

/// A document while it is split.
struct Splitting<'a> {
    document: &'a Document,
    lengths: Lengths<'a>,
    structure: &'a Structure,
    title: String,
    max_chars: usize,
    occurrences: HashMap<Vec<String>, u32>,
    made: Split,
}

impl Splitting<'_> {
    /// Cuts `run` at those of `headings`, which are all in it, that have at most `level`.
    fn divide(&mut self, headings: &[Heading], run: Run, path: &Path, level: u8) {
        let mut path = path.clone();
        let mut first = run.first;
        let mut rest = headings;
        loop {
            let next = rest.iter().position(|it| it.level <= level);
            let (within, after) = rest.split_at(next.unwrap_or(rest.len()));
            let last = after.first().map_or(run.last, |it| it.line - 1);
            self.section(within, Run { first, last }, &path);
            let Some((heading, others)) = after.split_first() else { return };
            while path.last().is_some_and(|(above, _)| *above >= heading.level) {
                path.pop();
            }
            path.push((heading.level, heading.text.clone()));
            (first, rest) = (heading.line, others);
        }
    }

    /// Makes a row of a section, or several if it is too long: at the headings within it, or else in pieces.
    fn section(&mut self, headings: &[Heading], run: Run, path: &Path) {
        let Some(run) = self.lengths.trimmed(run) else { return };
        if self.lengths.chars(run) > self.max_chars
            && let Some(level) = headings.iter().map(|it| it.level).min()
        {
            return self.divide(headings, run, path, level);
        }
        let path: Vec<String> = path.iter().map(|(_, text)| text.clone()).collect();
        for (index, piece) in self.pieces(run).into_iter().enumerate() {
            self.note_if_long(piece);
            self.add(piece, &path, index + 1);
        }
    }

    fn pieces(&self, run: Run) -> Vec<Run> {
        if self.lengths.chars(run) <= self.max_chars {
            return vec![run];
        }
        let blocks = self.blocks(run).into_iter().filter_map(|it| self.lengths.trimmed(it));
        if self.document.format.has_markdown() {
            return self.with_heading(self.lengths.packed(blocks, self.max_chars));
        }
        // A text has nothing that must stay together, so that a block which is too long is cut at the ends of lines.
        let blocks = blocks.flat_map(|block| {
            let is_long = self.lengths.chars(block) > self.max_chars;
            let step = if is_long { 1 } else { block.last + 1 - block.first };
            (block.first..=block.last).step_by(step).map(move |first| Run { first, last: first + step - 1 })
        });
        self.lengths.packed(blocks, self.max_chars)
    }

    /// The pieces of a section without one that is its heading alone, where what follows is too long anyway.
    fn with_heading(&self, mut pieces: Vec<Run>) -> Vec<Run> {
        if let [first, second, ..] = pieces[..]
            && self.lengths.chars(second) > self.max_chars
            && first.first == first.last
            && self.structure.headings.binary_search_by_key(&first.first, |it| it.line).is_ok()
        {
            pieces.remove(0);
            pieces[0].first = first.first;
        }
        pieces
    }

    /// Parts of `run` that follow each other, each of which begins where a cut is allowed: after a blank line that is
    /// in no closed block, and at a page.
    fn blocks(&self, run: Run) -> Vec<Run> {
        let closed = &self.structure.closed;
        let is_closed = |line: usize| {
            let before = closed.partition_point(|&(first, _)| first <= line);
            closed[..before].last().is_some_and(|&(_, last)| line <= last)
        };
        let page = |line: usize| self.document.line(line).and_then(|it| it.page);
        let begins = |line: usize| {
            let after_blank = self.lengths.is_blank(line - 1) && !self.lengths.is_blank(line);
            (after_blank && !is_closed(line - 1)) || page(line) != page(line - 1)
        };
        let mut blocks = vec![run];
        for line in run.first + 1..=run.last {
            if begins(line) {
                let end = blocks.len() - 1;
                blocks[end].last = line - 1;
                blocks.push(Run { first: line, last: run.last });
            }
        }
        blocks
    }

    fn note_if_long(&mut self, run: Run) {
        let chars = self.lengths.chars(run);
        if chars > self.max_chars {
            let (first_line, last_line, max_chars) = (run.first, run.last, self.max_chars);
            self.made.notes.push(DocumentNote::TooLong { first_line, last_line, chars, max_chars });
        }
    }

    fn add(&mut self, run: Run, path: &[String], part: usize) {
        let occurrence = self.occurrences.entry(path.to_vec()).or_insert(0);
        *occurrence += 1;
        let title = path.last().filter(|it| !it.is_empty()).unwrap_or(&self.title).clone();
        self.made.sections.push(Section {
            heading_path: path.to_vec(),
            title,
            occurrence: *occurrence,
            part: u32::try_from(part).unwrap_or(u32::MAX),
            first_line: run.first,
            last_line: run.last,
        });
    }
}
