//! The documents that quotes are held against.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};

use memchr::memmem;

use super::case::Case;
use super::document_words::{CustomerMessage, DocumentWords, MessageStanding};
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
    /// What customers say in it, or where nobody does, its questions.
    pub messages: Vec<CustomerMessage>,
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
    /// The file or folder that the manifest names as the input.
    given: Option<String>,
    /// How many bytes may still be searched for quotes that do not stand on their lines, and for messages.
    left: Cell<usize>,
}

/// A document with what is needed to look things up in it.
pub(super) struct Source<'d> {
    pub(super) document: &'d SourceDocument,
    pub(super) lines: RowLines<'d>,
    words: DocumentWords,
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
    /// The documents, with the input that the manifest names.
    pub(super) fn of(documents: &'d [SourceDocument], given: Option<&str>) -> Self {
        let source = |document: &'d SourceDocument| Source {
            document,
            lines: RowLines::of(&document.text),
            words: DocumentWords::of(&document.text, &document.messages),
            cases: RefCell::default(),
        };
        let given = given.map(|it| plain(it).trim_end_matches('/').to_owned());
        Self { documents: documents.iter().map(source).collect(), given, left: Cell::new(SEARCHED) }
    }

    /// The document that a name or path names: its name, its path as it was given now or when the set was made, or the
    /// last parts of the path.
    pub(super) fn named(&self, written: &str) -> Named<'_, 'd> {
        let written = plain(written);
        let is_given = |document: &SourceDocument| {
            let Some(given) = &self.given else { return false };
            let is_file = self.documents.len() == 1 && is_end(given, &document.name);
            is_file && *given == written || written.strip_prefix(given.as_str()) == Some(&format!("/{}", document.name))
        };
        let exact = |it: &&Source<'_>| {
            it.document.name == written || plain(&it.document.path) == written || is_given(it.document)
        };
        if let Some(found) = self.documents.iter().find(exact) {
            return Named::One(found);
        }
        let mut found = self.documents.iter().filter(|it| is_end(&it.document.path, &written));
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

    /// How the words of a message stand in the documents; `None` where too much was searched. Where the documents hold
    /// nothing that customers say, any words are a whole message.
    pub(super) fn message(&self, message: &str) -> Option<MessageStanding> {
        let words = folded(message);
        let has_messages = self.documents.iter().any(|it| !it.document.messages.is_empty());
        let mut standing = MessageStanding::Nowhere;
        for source in &self.documents {
            let here = if words.is_empty() {
                match self.search(&source.document.text, message.trim())? {
                    Some(_) => MessageStanding::Whole,
                    None => MessageStanding::Nowhere,
                }
            } else {
                self.spend(source.words.byte_count())?;
                source.words.standing(&words)
            };
            standing = standing.max(here);
        }
        Some(if has_messages || standing == MessageStanding::Nowhere { standing } else { MessageStanding::Whole })
    }

    /// Takes account of bytes that are searched; `None` where too many were.
    fn spend(&self, bytes: usize) -> Option<()> {
        self.left.set(self.left.get().checked_sub(bytes)?);
        Some(())
    }

    /// Where a text stands in another, in bytes; the outer `None` where too much was searched.
    #[expect(clippy::option_option, reason = "it stands nowhere, or nobody looked to the end")]
    fn search(&self, text: &str, wanted: &str) -> Option<Option<usize>> {
        self.spend(text.len())?;
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

/// A path without `.` in it.
fn plain(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let is_kept = |at: usize, part: &str| part != "." && (at == 0 || !part.is_empty());
    let kept: Vec<&str> = parts.into_iter().enumerate().filter(|(at, it)| is_kept(*at, it)).map(|(_, it)| it).collect();
    kept.join("/")
}

/// Whether a path ends with the parts of another.
fn is_end(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|it| it.is_empty() || it.ends_with('/'))
}

/// The messages that were looked up, so that each text is looked up once.
#[derive(Default)]
pub(super) struct LookedUp {
    known: HashMap<String, Option<MessageStanding>>,
    /// The messages of examples that were not looked up, since too much was searched before.
    pub(super) left_out: u64,
}

impl LookedUp {
    pub(super) fn message(&mut self, sources: &Sources<'_>, message: &str) -> Option<MessageStanding> {
        let found = match self.known.get(message) {
            Some(known) => *known,
            None => {
                let found = sources.message(message);
                self.known.insert(message.to_owned(), found);
                found
            }
        };
        self.left_out += u64::from(found.is_none());
        found
    }
}
