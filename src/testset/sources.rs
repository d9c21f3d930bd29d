//! The documents that quotes are held against.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};

use memchr::memmem;

use super::case::Case;
use super::fold::folded;
use crate::evidence::RowLines;

/// A document of a test set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDocument {
    /// Its name: of a file the file's, of one in a folder the path below the folder. With `/`.
    pub name: String,
    /// Its path as it was found, with `/`.
    pub path: String,
    /// Its lines, joined by LF.
    pub text: String,
    pub customer_words: CustomerWords,
}

/// What a document holds of its customers' words, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CustomerWords {
    Nothing,
    /// Questions that the document asks itself, as an FAQ does.
    Questions,
    Messages,
}

/// The documents at hand, by their names.
pub(super) struct Sources<'d> {
    documents: Vec<Source<'d>>,
    /// How many bytes may still be searched for quotes that do not stand on their lines, and for messages.
    left: Cell<usize>,
}

/// A document with what is needed to look things up in it.
pub(super) struct Source<'d> {
    pub(super) document: &'d SourceDocument,
    pub(super) lines: RowLines<'d>,
    /// Its words, to find messages in whatever marks stand between them.
    folded: String,
    /// The cases whose use cases and policies quote it.
    cases: RefCell<BTreeSet<Case>>,
}

impl Source<'_> {
    pub(super) fn note_case(&self, case: Case) {
        self.cases.borrow_mut().insert(case);
    }
}

/// How many bytes are searched for what is not where it should be.
const SEARCHED: usize = 1 << 30;

/// What a name of a document stands for.
pub(super) enum Named<'s, 'd> {
    One(&'s Source<'d>),
    None,
    Several,
}

impl<'d> Sources<'d> {
    pub(super) fn of(documents: &'d [SourceDocument]) -> Self {
        let source = |document: &'d SourceDocument| Source {
            document,
            lines: RowLines::of(&document.text),
            folded: format!(" {} ", folded(&document.text)),
            cases: RefCell::default(),
        };
        Self { documents: documents.iter().map(source).collect(), left: Cell::new(SEARCHED) }
    }

    /// The document that a file's name or path names: exactly, or by its last parts.
    pub(super) fn named(&self, written: &str) -> Named<'_, 'd> {
        let written = written.strip_prefix("./").unwrap_or(written);
        let is_end =
            |long: &str, short: &str| long.strip_suffix(short).is_some_and(|it| it.is_empty() || it.ends_with('/'));
        let exact = |it: &&Source<'_>| it.document.name == written || it.document.path == written;
        if let Some(found) = self.documents.iter().find(exact) {
            return Named::One(found);
        }
        let alike = |it: &&Source<'_>| is_end(&it.document.path, written) || is_end(written, &it.document.name);
        let mut found = self.documents.iter().filter(alike);
        match (found.next(), found.next()) {
            (Some(one), None) => Named::One(one),
            (Some(_), Some(_)) => Named::Several,
            (None, _) => Named::None,
        }
    }

    /// The names of the documents, for people.
    pub(super) fn names(&self) -> String {
        const MOST: usize = 5;
        let mut names: Vec<&str> = self.documents.iter().take(MOST).map(|it| it.document.name.as_str()).collect();
        if self.documents.len() > MOST {
            names.push("…");
        }
        names.join(", ")
    }

    /// The words of customers that stand in the documents of a case: all but those that only other cases quote. With
    /// name of the document, if it is one.
    pub(super) fn customer_words(&self, case: Case) -> (CustomerWords, Option<&'d str>) {
        let is_of_case = |it: &&Source<'_>| {
            let cases = it.cases.borrow();
            cases.is_empty() || cases.contains(&case)
        };
        let of_case: Vec<&SourceDocument> = self.documents.iter().filter(is_of_case).map(|it| it.document).collect();
        let words = of_case.iter().map(|it| it.customer_words).max().unwrap_or(CustomerWords::Nothing);
        let name = if let [one] = of_case.as_slice() { Some(one.name.as_str()) } else { None };
        (words, name)
    }

    /// Whether the words of a message stand in a document one after the other; `None` where too much was searched.
    pub(super) fn has_words(&self, message: &str) -> Option<bool> {
        let words = folded(message);
        for source in &self.documents {
            let (text, wanted) = if words.is_empty() {
                (&source.document.text, message.trim().to_owned())
            } else {
                (&source.folded, format!(" {words} "))
            };
            if self.search(text, &wanted)?.is_some() {
                return Some(true);
            }
        }
        Some(false)
    }

    /// Where a text stands in another, in bytes; the outer `None` where too much was searched.
    fn search(&self, text: &str, wanted: &str) -> Option<Option<usize>> {
        let left = self.left.get().checked_sub(text.len())?;
        self.left.set(left);
        Some(memmem::find(text.as_bytes(), wanted.as_bytes()))
    }

    /// Where a quote stands in a document, in words: on other lines, or as a part of a line.
    pub(super) fn whereabouts(&self, source: &Source<'_>, quote: &str) -> String {
        const MOST: usize = 3;
        let whole = source.lines.starts_of(quote, MOST + 1);
        if !whole.is_empty() {
            let more = if whole.len() > MOST { " and more" } else { "" };
            let length = quote.matches('\n').count();
            let span = |start: i64| {
                let end = start.saturating_add(i64::try_from(length).unwrap_or(i64::MAX));
                if length == 0 { format!("line {start}") } else { format!("lines {start}–{end}") }
            };
            let places: Vec<String> = whole.iter().take(MOST).map(|start| span(*start)).collect();
            return format!("it stands on {}{more}", places.join(", "));
        }
        match self.search(&source.document.text, quote) {
            Some(Some(at)) => {
                let line = 1 + memchr::memchr_iter(b'\n', &source.document.text.as_bytes()[..at]).count();
                format!("only a part: it stands within line {line}")
            }
            Some(None) => "it stands nowhere in the document".to_owned(),
            None => "not looked for elsewhere: too many quotes are wrong".to_owned(),
        }
    }
}

/// The messages that were looked up, so that each text is looked up once.
#[derive(Default)]
pub(super) struct LookedUp(HashMap<String, Option<bool>>);

impl LookedUp {
    pub(super) fn has_words(&mut self, sources: &Sources<'_>, message: &str) -> Option<bool> {
        if let Some(known) = self.0.get(message) {
            return *known;
        }
        let found = sources.has_words(message);
        self.0.insert(message.to_owned(), found);
        found
    }
}
