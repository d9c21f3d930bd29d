//! Reads the values of a file, and says of each that is not as the contract has it where it stands.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::value::RawValue;

use super::fault::{Fault, FaultKind, Faults};
use super::file::SetFile;
use super::fold::is_blank;
use super::json::{Members, breaks, kind_of, offset, reason, text_of};

/// A key of an object.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    is_needed: bool,
}

/// A key that has to be there.
pub(super) const fn need(name: &'static str) -> Key {
    Key { name, is_needed: true }
}

/// A key that may be left out.
pub(super) const fn may(name: &'static str) -> Key {
    Key { name, is_needed: false }
}

/// Whether an object may have keys beside those of the contract.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Further {
    Allowed,
    Refused,
}

/// A value with the way that leads to it from its item.
#[derive(Clone, Copy)]
pub(super) struct Spot<'s, 'a> {
    parent: Option<&'s Spot<'s, 'a>>,
    part: Part<'s>,
    pub(super) raw: &'a RawValue,
}

#[derive(Clone, Copy)]
enum Part<'s> {
    Item,
    Key(&'s str),
    Index(usize),
}

impl<'a> Spot<'_, 'a> {
    /// An item of the file's list, or the whole file.
    pub(super) fn item(raw: &'a RawValue) -> Spot<'a, 'a> {
        Spot { parent: None, part: Part::Item, raw }
    }

    /// The value of a key in it.
    pub(super) fn key<'s>(&'s self, name: &'s str, raw: &'a RawValue) -> Spot<'s, 'a> {
        Spot { parent: Some(self), part: Part::Key(name), raw }
    }

    /// An element of it, counted from 0.
    pub(super) fn index<'s>(&'s self, index: usize, raw: &'a RawValue) -> Spot<'s, 'a> {
        Spot { parent: Some(self), part: Part::Index(index), raw }
    }

    fn write_path(&self, path: &mut String) {
        if let Some(parent) = self.parent {
            parent.write_path(path);
        }
        match self.part {
            Part::Item => {}
            Part::Key(name) => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(name);
            }
            // Writing to a string cannot fail.
            Part::Index(index) => drop(write!(path, "[{index}]")),
        }
    }
}

/// Reads one file.
pub(super) struct Reader<'r, 'a> {
    pub(super) file: SetFile,
    text: &'a str,
    faults: &'r mut Faults,
    item: Option<CurrentItem<'a>>,
    /// Where the line of the item that is read is known.
    mark: Mark,
}

/// The item that is read.
struct CurrentItem<'a> {
    index: usize,
    id: Option<Cow<'a, str>>,
}

/// An offset of the text with its line, counted from 1.
#[derive(Clone, Copy)]
struct Mark {
    offset: usize,
    line: usize,
}

impl<'r, 'a> Reader<'r, 'a> {
    pub(super) fn new(file: SetFile, text: &'a str, faults: &'r mut Faults) -> Self {
        Self { file, text, faults, item: None, mark: Mark { offset: 0, line: 1 } }
    }

    /// The line of a part of the text.
    pub(super) fn line_of(&self, raw: &RawValue) -> usize {
        self.line_at(offset(self.text, raw))
    }

    /// The line of an offset of the text.
    fn line_at(&self, at: usize) -> usize {
        if at < self.mark.offset {
            return 1 + breaks(self.text, 0, at);
        }
        self.mark.line + breaks(self.text, self.mark.offset, at)
    }

    /// Begins with the element of the list at `index`; elements are read in their order.
    pub(super) fn begin(&mut self, index: usize, raw: &'a RawValue) {
        self.mark = Mark { line: self.line_of(raw), offset: offset(self.text, raw) };
        self.item = Some(CurrentItem { index, id: None });
    }

    /// Ends with the elements of the list.
    pub(super) fn end(&mut self) {
        self.item = None;
        self.mark = Mark { offset: 0, line: 1 };
    }

    /// The line at which the item that is read begins.
    pub(super) fn item_line(&self) -> usize {
        self.mark.line
    }

    /// Adds a fault about a value.
    pub(super) fn fault(
        &mut self,
        kind: FaultKind,
        spot: &Spot<'_, 'a>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.fault_at(self.line_of(spot.raw), kind, spot, found, expected);
    }

    /// Adds a fault about a key, at its line.
    pub(super) fn key_fault(
        &mut self,
        kind: FaultKind,
        spot: &Spot<'_, 'a>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        // Before the value stand the colon and the quote that ends the key, which has no line end in it.
        let before = self.text.get(..offset(self.text, spot.raw)).unwrap_or_default().trim_end();
        let key = before.strip_suffix(':').unwrap_or(before).trim_end();
        self.fault_at(self.line_at(key.len()), kind, spot, found, expected);
    }

    fn fault_at(
        &mut self,
        line: usize,
        kind: FaultKind,
        spot: &Spot<'_, 'a>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let file = self.file;
        let item = self.item.as_ref();
        self.faults.add(kind, || {
            let mut path = String::new();
            spot.write_path(&mut path);
            let item = item.map(|it| match &it.id {
                Some(id) => id.clone().into_owned(),
                None => format!("{}[{}]", file.list().map_or("", |(list, _)| list), it.index),
            });
            Fault {
                kind,
                file: file.name().to_owned(),
                item,
                line: Some(line),
                path,
                found: found.into(),
                expected: expected.into(),
            }
        });
    }

    /// Adds a fault about a value of another type.
    pub(super) fn wrong_type(&mut self, spot: &Spot<'_, 'a>, expected: &str) {
        self.fault(FaultKind::Type, spot, format!("it is {}", kind_of(spot.raw)), expected);
    }

    /// The values of `keys` in an object, in their order. `None` if it is no object.
    pub(super) fn object<const N: usize>(
        &mut self,
        spot: &Spot<'_, 'a>,
        keys: &[Key; N],
        further: Further,
    ) -> Option<[Option<&'a RawValue>; N]> {
        let members = self.members(spot)?;
        let mut values = [None; N];
        for (name, raw) in &members {
            match keys.iter().position(|key| key.name == name) {
                Some(at) => values[at] = values[at].or(Some(*raw)),
                None if further == Further::Refused => {
                    let known: Vec<&str> = keys.iter().map(|it| it.name).collect();
                    let expected = format!("only {}", known.join(", "));
                    self.key_fault(FaultKind::UnknownKey, &spot.key(name, raw), "the key is not known", expected);
                }
                None => {}
            }
        }
        for (key, value) in keys.iter().zip(&values) {
            if key.is_needed && value.is_none() {
                self.fault(FaultKind::MissingKey, spot, format!("`{}` is missing", key.name), "the key");
            }
        }
        Some(values)
    }

    /// The members of an object, without those that stand again.
    pub(super) fn members(&mut self, spot: &Spot<'_, 'a>) -> Option<Vec<(Cow<'a, str>, &'a RawValue)>> {
        if !spot.raw.get().starts_with('{') {
            self.wrong_type(spot, "an object");
            return None;
        }
        let Members(members) = match serde_json::from_str(spot.raw.get()) {
            Ok(members) => members,
            Err(error) => {
                self.fault(FaultKind::Json, spot, reason(&error), "keys that are text");
                return None;
            }
        };
        if spot.parent.is_none() {
            self.name_item(&members);
        }
        let mut seen: HashSet<&str> = HashSet::with_capacity(members.len());
        let again: Vec<bool> = members.iter().map(|(name, _)| !seen.insert(name)).collect();
        let mut kept = Vec::with_capacity(members.len());
        for ((name, raw), is_again) in members.into_iter().zip(again) {
            if is_again {
                self.key_fault(FaultKind::DuplicateKey, &spot.key(&name, raw), "the key stands twice", "it once");
            } else {
                kept.push((name, raw));
            }
        }
        Some(kept)
    }

    /// Names the item that is read by its id, where it has one.
    fn name_item(&mut self, members: &[(Cow<'a, str>, &'a RawValue)]) {
        let id = members.iter().find(|(name, _)| name == "id").and_then(|(_, raw)| text_of(raw).ok());
        if let (Some(item), Some(id)) = (&mut self.item, id) {
            item.id = Some(id).filter(|it| !is_blank(it));
        }
    }

    /// The elements of a list.
    pub(super) fn list(&mut self, spot: &Spot<'_, 'a>) -> Option<Vec<&'a RawValue>> {
        if !spot.raw.get().starts_with('[') {
            self.wrong_type(spot, "a list");
            return None;
        }
        match serde_json::from_str(spot.raw.get()) {
            Ok(elements) => Some(elements),
            Err(error) => {
                self.fault(FaultKind::Json, spot, reason(&error), "a list");
                None
            }
        }
    }

    /// A text, which may be empty.
    pub(super) fn any_text(&mut self, spot: &Spot<'_, 'a>) -> Option<Cow<'a, str>> {
        if !spot.raw.get().starts_with('"') {
            self.wrong_type(spot, "a text");
            return None;
        }
        match text_of(spot.raw) {
            Ok(text) => Some(text),
            Err(error) => {
                self.fault(FaultKind::Json, spot, reason(&error), "a text of Unicode characters");
                None
            }
        }
    }

    /// A text that says something.
    pub(super) fn text(&mut self, spot: &Spot<'_, 'a>) -> Option<Cow<'a, str>> {
        let text = self.any_text(spot)?;
        if is_blank(&text) {
            self.fault(FaultKind::Empty, spot, "the text is empty", "a text with words");
            return None;
        }
        Some(text)
    }

    /// A whole number from `least`.
    pub(super) fn whole(&mut self, spot: &Spot<'_, 'a>, least: u64) -> Option<u64> {
        let expected = format!("a whole number from {least}");
        if kind_of(spot.raw) != "a number" {
            self.wrong_type(spot, &expected);
            return None;
        }
        match spot.raw.get().parse() {
            Ok(number) if number >= least => Some(number),
            _ => {
                self.fault(FaultKind::Value, spot, format!("it is {}", shown(spot.raw.get())), expected);
                None
            }
        }
    }

    /// One of the words that are allowed.
    pub(super) fn word<T: Copy>(&mut self, spot: &Spot<'_, 'a>, words: &[(&str, T)]) -> Option<T> {
        let text = self.any_text(spot)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.fault(FaultKind::Value, spot, format!("it is `{}`", shown(&text)), all.join(", "));
        None
    }
}

/// A value as it is shown in a fault: its beginning.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
