//! Reads an answer in sections as the values of a form.

use serde_json::{Map, Value};

use super::form::{FieldKind, Form, FormField, Scalar};
use super::label::{labels, without_marker};
use super::list;
use super::markdown::{LineKind, MarkdownLine, lines};
use super::names;
use super::number::Noted;
use super::problem::{MISSING, SectionProblem};
use super::rules::SectionRules;
use super::scalar;
use super::scan::{FieldPath, FieldText, scan};
use super::text::{is_null, shown, without_comments};

/// What could be read from an answer, and what could not.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// All fields of the form; those that could not be read are null.
    pub value: Map<String, Value>,
    /// In the order of the form, then the sections that are not fields.
    pub problems: Vec<SectionProblem>,
    /// Whether the answer names any field.
    pub named: bool,
}

impl Form {
    /// Reads an answer. This never fails: fields that the text does not have are null.
    #[must_use]
    pub fn read(&self, answer: &str, rules: SectionRules) -> Reading {
        let lines = lines(answer);
        let scanned = scan(self, &lines);
        let mut reader = SectionReader { entries: &scanned.entries, rules, problems: Vec::new() };
        let value = reader.object(self, &mut FieldPath::new(), "");
        let mut problems = reader.problems;
        let unknown = scanned.unknown.iter();
        problems.extend(
            unknown.map(|title| SectionProblem::new(*title, "a section that is no field of the schema is left out")),
        );
        Reading { value, problems, named: !scanned.entries.is_empty() }
    }
}

struct SectionReader<'r, 'a> {
    entries: &'r [FieldText<'a>],
    rules: SectionRules,
    problems: Vec<SectionProblem>,
}

impl<'r, 'a> SectionReader<'r, 'a> {
    fn object(&mut self, form: &Form, path: &mut FieldPath, within: &str) -> Map<String, Value> {
        let mut values = Map::with_capacity(form.fields.len());
        for (position, field) in form.fields.iter().enumerate() {
            let name = format!("{within}{}", field.name);
            path.push(position);
            let value = match &field.kind {
                FieldKind::Object(inner) => self.inner(field, inner, path, &name),
                FieldKind::Scalar(_) | FieldKind::List(_) => self.leaf(field, path, &name),
            };
            path.pop();
            values.insert(field.name.clone(), value);
        }
        values
    }

    fn of(&self, path: &FieldPath) -> Vec<&'r FieldText<'a>> {
        self.entries.iter().filter(|entry| entry.path == *path).collect()
    }

    fn inner(&mut self, field: &FormField, form: &Form, path: &mut FieldPath, name: &str) -> Value {
        if !self.entries.iter().any(|entry| entry.path.starts_with(path)) {
            return self.missing(field, name);
        }
        let own: Vec<String> = self.of(path).into_iter().map(body).filter(|text| !text.is_empty()).collect();
        let has_fields = self.entries.iter().any(|entry| entry.path.len() > path.len() && entry.path.starts_with(path));
        if !has_fields && field.nullable && own.len() == 1 && is_null(&own[0]) {
            return Value::Null;
        }
        if let Some(text) = own.first() {
            let problem = format!("a text that belongs to none of its fields is left out: {}", shown(text));
            self.problems.push(SectionProblem::new(name, problem));
        }
        Value::Object(self.object(form, path, &format!("{name}.")))
    }

    fn leaf(&mut self, field: &FormField, path: &FieldPath, name: &str) -> Value {
        let mut entries = self.of(path);
        // An empty section does not contradict one that has content.
        if entries.iter().any(|entry| !body(entry).is_empty()) {
            entries.retain(|entry| !body(entry).is_empty());
        }
        let Some((first, others)) = entries.split_first() else { return self.missing(field, name) };
        let read = leaf(field, first, self.rules);
        if others.iter().any(|entry| leaf(field, entry, self.rules) != read) {
            let problem = format!("the answer says it {} times, and not the same", entries.len());
            self.problems.push(SectionProblem::new(name, problem));
            return Value::Null;
        }
        match read {
            Ok((value, note)) => {
                self.problems.extend(note.map(|problem| SectionProblem::new(name, problem)));
                value
            }
            Err(problem) => {
                self.problems.push(SectionProblem::new(name, problem));
                Value::Null
            }
        }
    }

    /// The value of a field that is missing: null, and a problem unless it may be left out and be null.
    fn missing(&mut self, field: &FormField, name: &str) -> Value {
        if field.required || !field.nullable {
            self.problems.push(SectionProblem::new(name, MISSING));
        }
        Value::Null
    }
}

/// The value of a field, possibly with a problem that does not spoil it; or the problem that does.
fn leaf(field: &FormField, entry: &FieldText<'_>, rules: SectionRules) -> Result<Noted, String> {
    let empty = || "its section is empty".to_owned();
    match &field.kind {
        FieldKind::Scalar(Scalar::Text) | FieldKind::Object(_) => {
            let text = body(entry);
            match () {
                () if text.is_empty() => Err(empty()),
                () if field.nullable && is_null(&text) => Ok((Value::Null, None)),
                () => Ok((Value::String(text), None)),
            }
        }
        FieldKind::Scalar(scalar) => {
            let line = first_line(entry)?.ok_or_else(empty)?;
            let text = without_comments(line);
            if let Some(below) = said_again(scalar, field, entry)
                && scalar::read(scalar, &below, rules) != scalar::read(scalar, &text, rules)
            {
                return Err(format!(
                    "the answer says it 2 times, and not the same: {} and {}",
                    shown(&text),
                    shown(&below)
                ));
            }
            if field.nullable && is_null(&text) && !is_choice(scalar, &text) {
                return Ok((Value::Null, None));
            }
            scalar::read(scalar, &text, rules)
        }
        FieldKind::List(scalar) => {
            let text = body(entry);
            if text.is_empty() {
                return Err(empty());
            }
            // `none` is an empty list; the other words for null mean that there is no list.
            if field.nullable && is_null(&text) && !text.to_lowercase().contains("none") && !is_choice(scalar, &text) {
                return Ok((Value::Null, None));
            }
            let found = list::items(entry.inline, &entry.lines, |text| is_choice(scalar, text));
            let mut notes: Vec<String> = Vec::new();
            let mut items = Vec::with_capacity(found.items.len());
            for (number, item) in (1..).zip(&found.items) {
                let of_item = |said: String| format!("item {number}: {said}");
                let (value, note) = scalar::read(scalar, item, rules).map_err(of_item)?;
                items.push(value);
                notes.extend(note.map(of_item));
            }
            notes.extend(found.outside.as_deref().map(list::left_out));
            Ok((Value::Array(items), (!notes.is_empty()).then(|| notes.join("; "))))
        }
    }
}

/// The value that the lines of a section give once more, after the first: alone below the line of the name, or with the
/// field's own name before it.
fn said_again(scalar: &Scalar, field: &FormField, entry: &FieldText<'_>) -> Option<String> {
    let texts = || entry.lines.iter().filter(|line| line.kind == LineKind::Text);
    let value = |line: &MarkdownLine<'_>| Some(without_comments(line.raw).trim().to_owned());
    let alone = texts().next().filter(|_| !entry.inline.is_empty()).and_then(value);
    let is_own = |name: &str| names::key(name) == names::key(&field.name);
    let is_value = |text: &str| scalar::is_value(scalar, text);
    // Without a value on the line of the name, the first text is the value.
    let others = || texts().skip(usize::from(entry.inline.is_empty()));
    let labelled =
        || others().find_map(|line| labels(line).1.into_iter().find(|it| is_own(it.name) && is_value(it.value)));
    alone.filter(|text| is_value(text)).or_else(|| labelled().map(|it| it.value.to_owned()))
}

/// Whether a word for null is one of the choices.
fn is_choice(scalar: &Scalar, text: &str) -> bool {
    let read = || scalar::read(scalar, text, SectionRules::default());
    matches!(scalar, Scalar::Choice(_)) && read().is_ok_and(|(value, _)| !value.is_null())
}

/// All text of a section, without blank lines, breaks and comments at its ends.
fn body(entry: &FieldText<'_>) -> String {
    let idle = |line: &MarkdownLine<'_>| line.is_blank() || line.is_break() || line.kind == LineKind::Comment;
    let first = entry.lines.iter().position(|line| !idle(line)).unwrap_or(entry.lines.len());
    let last = entry.lines.iter().rposition(|line| !idle(line)).map_or(first, |it| it + 1);
    let below = entry.lines[first..last].iter().map(|line| line.raw);
    let inline = (!entry.inline.is_empty()).then_some(entry.inline);
    // A blank line after a label's own line separates two paragraphs.
    let gap = (inline.is_some() && first > 0 && first < last).then_some("");
    inline.into_iter().chain(gap).chain(below).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The line that holds a single value. The lines below it may explain the value, but several list items are an error.
fn first_line<'a>(entry: &FieldText<'a>) -> Result<Option<&'a str>, String> {
    if !entry.inline.is_empty() {
        return Ok(Some(entry.inline));
    }
    let fence = |line: &MarkdownLine<'_>| line.kind == LineKind::Code && line.raw.trim_start().starts_with(['`', '~']);
    let idle = |line: &MarkdownLine<'_>| line.is_blank() || line.is_break() || line.kind == LineKind::Comment;
    let mut texts = entry.lines.iter().filter(|line| !idle(line) && !fence(line));
    let Some(line) = texts.next() else { return Ok(None) };
    if let LineKind::Heading { title, .. } = line.kind {
        return Ok(Some(title));
    }
    let item = |line: &MarkdownLine<'a>| if line.kind == LineKind::Code { None } else { without_marker(line.raw) };
    match item(line) {
        Some(text) if texts.clone().any(|other| item(other).is_some()) => {
            Err(format!("a list, where one value is expected: {}", shown(text)))
        }
        // `7.` is a number more than an empty item.
        Some(text) if !text.is_empty() => Ok(Some(text)),
        _ => Ok(Some(line.raw)),
    }
}
