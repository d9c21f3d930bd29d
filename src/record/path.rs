//! Paths into outputs, as configurations write them ([`OutputPath`]): `use_cases[].evidence[]` leads to each element of
//! each list `evidence` in the elements of `use_cases`.
//!
//! A path is names with dots between them; `[]` after a name stands for each element of the list there. A name that has
//! dots, brackets or quotes itself is written as JSON writes a text: `"a.b"[].c`.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde_json::Value;

/// One part of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathPart {
    /// The field of this name.
    Field(String),
    /// Each element of a list.
    Elements,
}

/// A path into an output. It has one part at least, and begins with a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputPath(Vec<PathPart>);

/// A value that a path leads to, and where it stands: `use_cases[0].evidence[1]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Place<'a> {
    pub path: String,
    pub value: &'a Value,
}

/// What keeps a path from leading to anything in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathGap {
    /// There is no field at this path.
    NoField { path: String },
    /// The value at this path is no object, although a field of it is named.
    NoObject { path: String },
    /// The value at this path is no list, although its elements are named.
    NoList { path: String },
}

impl OutputPath {
    /// The path to the field `name` of an output.
    #[must_use]
    pub fn field(name: &str) -> Self {
        Self(vec![PathPart::Field(name.to_owned())])
    }

    /// A path of these parts; `None` if they do not begin with a field.
    #[must_use]
    pub fn of_parts(parts: Vec<PathPart>) -> Option<Self> {
        matches!(parts.first(), Some(PathPart::Field(_))).then_some(Self(parts))
    }

    /// The parts, outermost first.
    #[must_use]
    pub fn parts(&self) -> &[PathPart] {
        &self.0
    }

    /// Whether the path goes through a list, so that it can lead to several values.
    #[must_use]
    pub fn is_plural(&self) -> bool {
        self.0.contains(&PathPart::Elements)
    }

    /// The path to the list whose elements this path names last; the path itself where it names none there.
    #[must_use]
    pub fn without_last_elements(mut self) -> Self {
        if self.0.last() == Some(&PathPart::Elements) {
            self.0.pop();
        }
        self
    }

    /// The path to each element of the list that this path leads to.
    #[must_use]
    pub fn elements(mut self) -> Self {
        self.0.push(PathPart::Elements);
        self
    }

    /// This path and `rest` below it.
    #[must_use]
    pub fn join(&self, rest: &Self) -> Self {
        Self(self.0.iter().chain(&rest.0).cloned().collect())
    }

    /// What is left of this path below `start`; `None` if it does not begin with it. The rest of a path to itself is
    /// empty.
    #[must_use]
    pub fn below(&self, start: &Self) -> Option<&[PathPart]> {
        self.0.strip_prefix(start.0.as_slice())
    }

    /// The values that the path leads to in `output`, in order. A field that is missing or null below a list leads to
    /// nothing, and so does what is no list or object where one is named.
    #[must_use]
    pub fn places<'a>(&self, output: &'a Value) -> Vec<Place<'a>> {
        let mut found = Vec::new();
        let mut at = String::new();
        collect(&self.0, output, &mut at, &mut |path, value| found.push(Place { path: path.to_owned(), value }));
        found
    }

    /// The same values without their places.
    #[must_use]
    pub fn values<'a>(&self, output: &'a Value) -> Vec<&'a Value> {
        let mut found = Vec::new();
        walk(&self.0, output, &mut |value| found.push(value));
        found
    }

    /// Calls `change` with each value that the path leads to.
    pub fn each_mut(&self, output: &mut Value, change: &mut dyn FnMut(&mut Value)) {
        walk_mut(&self.0, output, change);
    }

    /// What keeps the path from leading to a value in `output`, the first of several; `None` if nothing does. Null on
    /// the way, and a field that is missing below a list, count as nothing there, and are no gap.
    #[must_use]
    pub fn gap(&self, output: &Value) -> Option<PathGap> {
        if output.is_null() {
            return Some(PathGap::NoField { path: Self(self.0[..1].to_vec()).to_string() });
        }
        gap(&self.0, output, &mut String::new(), false)
    }
}

fn gap(parts: &[PathPart], value: &Value, at: &mut String, in_list: bool) -> Option<PathGap> {
    let (part, rest) = parts.split_first()?;
    let length = at.len();
    match (part, value) {
        (_, Value::Null) => None,
        (PathPart::Elements, Value::Array(elements)) => elements.iter().enumerate().find_map(|(index, element)| {
            at.truncate(length);
            let _ = write!(at, "[{index}]");
            gap(rest, element, at, true)
        }),
        (PathPart::Field(name), Value::Object(fields)) => {
            push_field(at, name);
            match fields.get(name) {
                Some(next) => gap(rest, next, at, in_list),
                None => (!in_list).then(|| PathGap::NoField { path: at.clone() }),
            }
        }
        (PathPart::Elements, _) => Some(PathGap::NoList { path: at.clone() }),
        (PathPart::Field(_), _) => Some(PathGap::NoObject { path: at.clone() }),
    }
}

fn collect<'a>(parts: &[PathPart], value: &'a Value, at: &mut String, found: &mut dyn FnMut(&str, &'a Value)) {
    let length = at.len();
    match (parts.split_first(), value) {
        (None, _) => found(at, value),
        (Some((PathPart::Field(name), rest)), Value::Object(fields)) => {
            if let Some(next) = fields.get(name) {
                push_field(at, name);
                collect(rest, next, at, found);
            }
        }
        (Some((PathPart::Elements, rest)), Value::Array(elements)) => {
            for (index, element) in elements.iter().enumerate() {
                let _ = write!(at, "[{index}]");
                collect(rest, element, at, found);
                at.truncate(length);
            }
        }
        (Some(_), _) => {}
    }
    at.truncate(length);
}

fn walk<'a>(parts: &[PathPart], value: &'a Value, found: &mut dyn FnMut(&'a Value)) {
    match (parts.split_first(), value) {
        (None, _) => found(value),
        (Some((PathPart::Field(name), rest)), Value::Object(fields)) => {
            if let Some(next) = fields.get(name) {
                walk(rest, next, found);
            }
        }
        (Some((PathPart::Elements, rest)), Value::Array(elements)) => {
            for element in elements {
                walk(rest, element, found);
            }
        }
        (Some(_), _) => {}
    }
}

/// Calls `change` with each value that `parts` lead to from `value`; without parts, with the value itself.
pub(super) fn walk_mut(parts: &[PathPart], value: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    match (parts.split_first(), value) {
        (None, value) => change(value),
        (Some((PathPart::Field(name), rest)), Value::Object(fields)) => {
            if let Some(next) = fields.get_mut(name) {
                walk_mut(rest, next, change);
            }
        }
        (Some((PathPart::Elements, rest)), Value::Array(elements)) => {
            for element in elements {
                walk_mut(rest, element, change);
            }
        }
        (Some(_), _) => {}
    }
}

fn push_field(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    if is_plain(name) {
        path.push_str(name);
    } else {
        path.push_str(&Value::from(name).to_string());
    }
}

/// Whether a name can stand in a path as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && !name.contains(['.', '[', ']', '"']) && !name.contains(char::is_control)
}

impl fmt::Display for OutputPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                PathPart::Field(name) => push_field(&mut text, name),
                PathPart::Elements => text.push_str("[]"),
            }
        }
        f.write_str(&text)
    }
}

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no path: {reason}")]
pub struct PathError {
    pub text: String,
    pub reason: String,
}

impl FromStr for OutputPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let error = |reason: String| PathError { text: text.to_owned(), reason };
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let (name, after) = name(rest).map_err(error)?;
            parts.push(PathPart::Field(name));
            rest = after;
            while let Some(after) = rest.strip_prefix('[') {
                rest = after.strip_prefix(']').ok_or_else(|| {
                    let inside = after.split(']').next().unwrap_or_default();
                    error(format!("expected `[]` for each element, found `[{inside}]`"))
                })?;
                parts.push(PathPart::Elements);
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => return Ok(Self(parts)),
                None => return Err(error(format!("expected a dot before `{rest}`"))),
            }
        }
    }
}

/// Reads the name that `text` begins with; returns it and what comes after it.
fn name(text: &str) -> Result<(String, &str), String> {
    if text.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
        return match values.next() {
            Some(Ok(name)) => {
                let end = values.byte_offset();
                Ok((name, &text[end..]))
            }
            _ => Err("the quote of a name does not end".to_owned()),
        };
    }
    let end = text.find(['.', '[', ']', '"']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match rest.chars().next() {
        _ if name.trim().is_empty() => Err("expected the name of a field, as in `use_cases[].evidence[]`".to_owned()),
        Some(']' | '"') => Err(format!("a name with dots, brackets or quotes is quoted: `\"{name}…\"`")),
        _ => Ok((name.trim().to_owned(), rest)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> OutputPath {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in
            ["a", "a.b", "a[]", "a[][]", "a[].b[].c", "\"a.b\"[].c", "x.\"\".\"[]\"", "key points[].x", "ä.日本"]
        {
            assert_eq!(path(text).to_string(), text);
        }
        let quoted = path("\"a.b\"[].c");
        let field = |name: &str| PathPart::Field(name.to_owned());
        assert_eq!(quoted.parts(), [field("a.b"), PathPart::Elements, field("c")]);
        assert_eq!(path("\"a\".b").to_string(), "a.b", "quotes that are not needed are not written");
        assert_eq!(path("a\\n").to_string(), "a\\n");
        assert_eq!(path("\"a\\\"b\"").parts(), [field("a\"b")]);
    }

    #[test]
    fn what_is_no_path_is_said() {
        for (text, reason) in [
            ("", "expected the name of a field, as in `use_cases[].evidence[]`"),
            ("a..b", "expected the name of a field, as in `use_cases[].evidence[]`"),
            (".a", "expected the name of a field, as in `use_cases[].evidence[]`"),
            ("a.", "expected the name of a field, as in `use_cases[].evidence[]`"),
            ("[]", "expected the name of a field, as in `use_cases[].evidence[]`"),
            ("a[0].b", "expected `[]` for each element, found `[0]`"),
            ("a[*]", "expected `[]` for each element, found `[*]`"),
            ("a[", "expected `[]` for each element, found `[]`"),
            ("a]", "a name with dots, brackets or quotes is quoted: `\"a…\"`"),
            ("a[]b", "expected a dot before `b`"),
            ("\"a", "the quote of a name does not end"),
            ("\"a\"b", "expected a dot before `b`"),
        ] {
            let error = text.parse::<OutputPath>().unwrap_err();
            assert_eq!((error.text.as_str(), error.reason.as_str()), (text, reason));
        }
    }

    #[test]
    fn a_path_leads_to_each_value_in_order() {
        let output = json!({"uses": [
            {"evidence": [{"n": 1}, {"n": 2}]}, {"evidence": null}, {}, {"evidence": []}, {"evidence": [{"n": 3}]}],
            "a.b": [[1, 2], [3]], "flat": 7});
        let found = |text: &str| {
            path(text).places(&output).into_iter().map(|it| (it.path, it.value.clone())).collect::<Vec<_>>()
        };
        assert_eq!(
            found("uses[].evidence[].n"),
            [
                ("uses[0].evidence[0].n".to_owned(), json!(1)),
                ("uses[0].evidence[1].n".to_owned(), json!(2)),
                ("uses[4].evidence[0].n".to_owned(), json!(3)),
            ]
        );
        assert_eq!(found("\"a.b\"[][]")[2], ("\"a.b\"[1][0]".to_owned(), json!(3)));
        assert_eq!(found("flat"), [("flat".to_owned(), json!(7))]);
        for nothing in ["flat[]", "flat.x", "none", "uses.evidence", "uses[].evidence.n"] {
            assert_eq!(found(nothing), [], "{nothing}");
        }
        let values = path("uses[].evidence[].n").values(&output);
        assert_eq!(values, [&json!(1), &json!(2), &json!(3)]);
    }

    #[test]
    fn a_gap_is_said() {
        let output = json!({"a": {"b": [1], "none": null, "text": "x"}, "l": [{"m": [1]}, {}, {"m": 2}]});
        let no_field = |path: &str| Some(PathGap::NoField { path: path.to_owned() });
        assert_eq!(path("a.b[]").gap(&output), None);
        assert_eq!(path("a.none.x").gap(&output), None);
        assert_eq!(path("a.none[]").gap(&output), None);
        assert_eq!(path("l[].none").gap(&output), None, "elements may lack a field");
        assert_eq!(path("a.c[]").gap(&output), no_field("a.c"));
        assert_eq!(path("c").gap(&output), no_field("c"));
        assert_eq!(path("c").gap(&Value::Null), no_field("c"));
        assert_eq!(path("a.text[]").gap(&output), Some(PathGap::NoList { path: "a.text".to_owned() }));
        assert_eq!(path("a.b.c").gap(&output), Some(PathGap::NoObject { path: "a.b".to_owned() }));
        assert_eq!(path("a.b[].c").gap(&output), Some(PathGap::NoObject { path: "a.b[0]".to_owned() }));
        assert_eq!(path("l[].m[]").gap(&output), Some(PathGap::NoList { path: "l[2].m".to_owned() }));
    }

    #[test]
    fn paths_are_put_together_and_taken_apart() {
        let list = path("a.b[]").without_last_elements();
        assert_eq!(list, path("a.b"));
        assert_eq!(list.clone().elements(), path("a.b[]"));
        assert_eq!(path("a[]").join(&path("c.d")), path("a[].c.d"));
        assert_eq!(path("a[].c.d").below(&path("a[]")), Some(path("c.d").parts()));
        assert_eq!(path("a[].c").below(&path("b")), None);
        assert_eq!(path("a").below(&path("a")), Some(&[][..]));
    }
}
