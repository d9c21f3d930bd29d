//! Finds out which lines of an answer belong to which field.
//!
//! There are two passes. The first one finds the fields that have headings; in the second one a label counts only for
//! the other fields, so that a text may hold lines that look like labels.

mod labels;

use std::collections::BTreeSet;

use super::form::{FieldKind, Form, FormField};
use super::label::{self, Label};
use super::markdown::{LineKind, MarkdownLine, indent};
use super::names;

/// A field's path in the form: indexes from the outermost object inwards.
pub(super) type FieldPath = Vec<usize>;

/// A place in an answer that names a field, with the text that belongs to it.
#[derive(Clone, Debug, Default)]
pub(super) struct FieldText<'a> {
    pub(super) path: FieldPath,
    /// The text on the line of the name.
    pub(super) inline: &'a str,
    /// The lines below.
    pub(super) lines: Vec<MarkdownLine<'a>>,
}

/// What was found in an answer: several entries may be for one field.
#[derive(Debug, Default)]
pub(super) struct Scanned<'a> {
    pub(super) entries: Vec<FieldText<'a>>,
    /// The headings of sections that are not fields, except empty ones.
    pub(super) unknown: Vec<&'a str>,
}

/// A name without the remark in brackets at its end; `None` if there is none.
fn before_remark(name: &str) -> Option<&str> {
    let name = name.trim_end_matches(['*', '_', '`', ':', '：', ' ']);
    let opens = |open: &str, close: char| name.strip_suffix(close).and_then(|it| it.rfind(open));
    opens(" (", ')').or_else(|| opens(" [", ']')).map(|at| &name[..at])
}

/// The level of a label that is not indented: deeper than any heading. Indentation adds to it.
const LABELS: usize = 7;

/// Finds the text of each field of `form` in `lines`.
pub(super) fn scan<'a>(form: &Form, lines: &[MarkdownLine<'a>]) -> Scanned<'a> {
    let headed = Scan::new(form, None).run(lines).entries.into_iter().map(|entry| entry.path).collect();
    Scan::new(form, Some(headed)).run(lines)
}

/// An object that is open, so that its fields can be named.
struct Scope<'f> {
    form: &'f Form,
    path: FieldPath,
    level: usize,
}

/// What a line without a name belongs to.
#[derive(Clone, Copy)]
enum LineOwner<'a> {
    Nothing,
    Heading {
        entry: usize,
        level: usize,
    },
    /// A labelled field. `behind` is the section that the label is in, as its entry and level.
    Label {
        entry: usize,
        item: Option<ListLabel>,
        behind: Option<(usize, usize)>,
    },
    /// A section that is not a field. `heading` is `None` once it was reported, and for a title before the first field.
    Unknown {
        heading: Option<&'a str>,
        level: usize,
    },
}

/// A label that is an item of a list.
#[derive(Clone, Copy)]
struct ListLabel {
    indent: usize,
    /// Whether the list items that follow belong to the field.
    takes_items: bool,
    after_blank: bool,
}

struct Scan<'f, 'a> {
    /// The fields that have headings; `None` in the first pass, which looks for headings only.
    headed: Option<BTreeSet<FieldPath>>,
    scopes: Vec<Scope<'f>>,
    open: LineOwner<'a>,
    found: Scanned<'a>,
    /// Whether the line before is prose: then a name at the start of the next line may be a part of it.
    in_prose: bool,
    /// Whether the fields so far have names such as `1. Summary`, on lines of their own.
    is_numbered: bool,
}

impl<'f, 'a> Scan<'f, 'a> {
    fn new(form: &'f Form, headed: Option<BTreeSet<FieldPath>>) -> Self {
        let root = Scope { form, path: FieldPath::new(), level: 0 };
        Self {
            headed,
            scopes: vec![root],
            open: LineOwner::Nothing,
            found: Scanned::default(),
            in_prose: false,
            is_numbered: false,
        }
    }

    fn run(mut self, lines: &[MarkdownLine<'a>]) -> Scanned<'a> {
        let mut rest = lines.iter().peekable();
        while let Some(line) = rest.next() {
            let below = rest.peek().map(|next| next.kind);
            match (line.kind, below) {
                (LineKind::Heading { level, title, tight }, _) => self.heading(line, title, level, tight),
                (LineKind::Text, Some(LineKind::Underline(level))) if self.names_field(line.raw.trim(), level) => {
                    self.heading(line, line.raw.trim(), level, false);
                    rest.next();
                }
                (LineKind::Text, below) => {
                    let next = rest.peek().copied();
                    let head = below == Some(LineKind::Rule);
                    if !(self.label(line, head) || self.spaced(line) || self.numbered(line, next)) {
                        self.content(line);
                        self.in_prose = label::without_marker(line.raw).is_none();
                        continue;
                    }
                }
                _ => self.content(line),
            }
            self.in_prose = false;
        }
        self.found
    }

    fn names_field(&self, title: &str, level: usize) -> bool {
        let is_item = label::without_marker(title).is_some() && !label::is_numbered(title);
        !is_item && self.resolve(title, level).is_some()
    }

    /// The scope and the index of the field that `name` names at `level`. A number before the name or a remark in
    /// brackets behind it may be left out of it.
    fn resolve(&self, name: &str, level: usize) -> Option<(usize, usize)> {
        if let Some(found) = self.resolve_exactly(name, level) {
            return Some(found);
        }
        if let Some(found) = before_remark(name).and_then(|name| self.resolve_exactly(name, level)) {
            return Some(found);
        }
        // What is a field's name itself is no number before another one.
        let prefixed = names::without_number(name).filter(|it| self.resolve_exactly(it.prefix, level).is_none())?;
        let plain = before_remark(prefixed.rest).unwrap_or(prefixed.rest);
        self.resolve_exactly(prefixed.rest, level).or_else(|| self.resolve_exactly(plain, level))
    }

    /// The field with exactly this name. Open objects of a smaller level are searched first, from the innermost
    /// outwards, then the others.
    fn resolve_exactly(&self, name: &str, level: usize) -> Option<(usize, usize)> {
        let key = names::key(name);
        let inner = self.scopes.iter().enumerate().rev().filter(|(_, scope)| scope.level < level);
        let outer = self.scopes.iter().enumerate().rev().filter(|(_, scope)| scope.level >= level);
        let named = !key.is_empty();
        inner.chain(outer).filter(|_| named).find_map(|(index, scope)| Some((index, scope.form.find(&key)?)))
    }

    fn heading(&mut self, line: &MarkdownLine<'a>, title: &'a str, level: usize, tight: bool) {
        if let Some((scope, field)) = self.resolve(title, level) {
            self.open_heading(scope, field, level, "");
            return;
        }
        let labelled = label::in_text(title)
            .into_iter()
            .find_map(|Label { name, value, .. }| self.resolve(name, level).map(|found| (found, value)))
            .or_else(|| self.find_spaced(title, level));
        if let Some(((scope, field), value)) = labelled {
            self.open_heading(scope, field, level, value);
            return;
        }
        if tight {
            self.content(line);
            return;
        }
        if let LineOwner::Label { behind, .. } = self.open {
            self.open = behind.map_or(LineOwner::Nothing, |(entry, level)| LineOwner::Heading { entry, level });
        }
        match self.open {
            // A text may have headings inside; an object has only those of its fields.
            LineOwner::Heading { entry, level: above } if above < level && self.is_leaf(entry) => self.content(line),
            LineOwner::Unknown { level: above, .. } if above < level => {}
            _ => {
                let heading = (!self.found.entries.is_empty()).then_some(title);
                self.open = LineOwner::Unknown { heading, level };
            }
        }
    }

    fn is_leaf(&self, entry: usize) -> bool {
        let Some(entry) = self.found.entries.get(entry) else { return false };
        let mut form = self.scopes.first().map(|scope| scope.form);
        for position in &entry.path {
            form = match form.and_then(|form| form.fields.get(*position)).map(|field| &field.kind) {
                Some(FieldKind::Object(inner)) => Some(inner),
                _ => return true,
            };
        }
        false
    }

    /// Adds an entry for a field; if the field is an object, opens it. Returns the entry's index.
    fn add(&mut self, scope: usize, field: usize, level: usize, inline: &'a str) -> usize {
        self.scopes.truncate(scope + 1);
        let (form, mut path) = match self.scopes.last() {
            Some(scope) => (scope.form, scope.path.clone()),
            None => return 0,
        };
        path.push(field);
        if let Some(FormField { kind: FieldKind::Object(inner), .. }) = form.fields.get(field) {
            self.scopes.push(Scope { form: inner, path: path.clone(), level });
        }
        self.found.entries.push(FieldText { path, inline, lines: Vec::new() });
        self.found.entries.len() - 1
    }

    fn open_heading(&mut self, scope: usize, field: usize, level: usize, inline: &'a str) {
        let entry = self.add(scope, field, level, inline);
        self.open = LineOwner::Heading { entry, level };
    }

    fn field(&self, scope: usize, field: usize) -> Option<&'f FormField> {
        self.scopes.get(scope).and_then(|it| it.form.fields.get(field))
    }

    fn path(&self, scope: usize, field: usize) -> FieldPath {
        self.scopes[scope].path.iter().copied().chain([field]).collect()
    }

    /// The section that a label stands in, as its entry and level.
    fn behind(&self) -> Option<(usize, usize)> {
        match self.open {
            LineOwner::Heading { entry, level } => Some((entry, level)),
            LineOwner::Label { behind, .. } => behind,
            LineOwner::Nothing | LineOwner::Unknown { .. } => None,
        }
    }

    /// Adds a line without a name to the field or section that is open.
    fn content(&mut self, line: &MarkdownLine<'a>) {
        let is_comment = line.kind == LineKind::Comment;
        if let (false, LineOwner::Label { item: Some(item), behind, .. }) = (is_comment, &mut self.open) {
            let outside = line.kind != LineKind::Code && indent(line.raw) <= item.indent;
            let next = label::without_marker(line.raw).is_some();
            if line.is_blank() {
                item.after_blank = true;
            } else if outside && ((next && !item.takes_items) || (!next && item.after_blank)) {
                self.open = behind.map_or(LineOwner::Nothing, |(entry, level)| LineOwner::Heading { entry, level });
            }
        }
        match self.open {
            LineOwner::Nothing => {}
            LineOwner::Heading { entry, .. } | LineOwner::Label { entry, .. } => {
                if let Some(entry) = self.found.entries.get_mut(entry) {
                    entry.lines.push(*line);
                }
            }
            LineOwner::Unknown { heading, level } => {
                if let (Some(heading), false) = (heading, is_comment || line.is_blank() || line.is_break()) {
                    self.found.unknown.push(heading);
                    self.open = LineOwner::Unknown { heading: None, level };
                }
            }
        }
    }
}
