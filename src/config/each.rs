//! The value of a step's `each`: what each work item is made from ([`Each`]).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::record::{OutputPath, PathPart};

/// What each work item of a step is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Each {
    /// A row of the input, or a group of them.
    #[default]
    Source,
    /// The task itself, once, for a question about it as a whole. A configuration cannot say this.
    Task,
    /// An accepted output of another step.
    Output { of: String },
    /// An element of a list in another step's output, or of several lists there.
    Element {
        of: String,
        /// The path to the list.
        path: OutputPath,
    },
    /// The outputs of several steps for the same row, group or value.
    Join { of: Vec<String>, by: JoinKey },
    /// A combination of values from lists in another step's output.
    Pairs {
        of: String,
        /// The path to the lists, by name.
        path: OutputPath,
    },
}

/// What joined outputs have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinKey {
    /// The row that they come from.
    Row,
    /// The group that they come from.
    Group,
    /// The value of a field that all of them have.
    Field(String),
}

impl Each {
    /// The steps that the work items are made from, in order.
    #[must_use]
    pub fn parents(&self) -> &[String] {
        match self {
            Self::Source | Self::Task => &[],
            Self::Output { of } | Self::Element { of, .. } | Self::Pairs { of, .. } => std::slice::from_ref(of),
            Self::Join { of, .. } => of,
        }
    }

    /// Takes the first name of the path to the name of the step where `is_step` knows only both together, as of a step
    /// in a perspective: `readers.strict.points` is the field `points` of `readers.strict`.
    pub(super) fn resolve(&mut self, is_step: impl Fn(&str) -> bool) {
        let (Self::Element { of, path } | Self::Pairs { of, path }) = self else { return };
        let [PathPart::Field(name), rest @ ..] = path.parts() else { return };
        let longer = format!("{of}.{name}");
        if !is_step(of)
            && is_step(&longer)
            && let Some(rest) = OutputPath::of_parts(rest.to_vec())
        {
            (*of, *path) = (longer, rest);
        }
    }

    /// Whether one work item can become several.
    #[must_use]
    pub fn fans_out(&self) -> bool {
        matches!(self, Self::Element { .. } | Self::Pairs { .. })
    }
}

impl fmt::Display for JoinKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row => f.write_str("row"),
            Self::Group => f.write_str("group"),
            Self::Field(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Each {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source => f.write_str("row"),
            Self::Task => f.write_str("task"),
            Self::Output { of } => write!(f, "output of {of}"),
            Self::Element { of, path } => write!(f, "element of {of}.{path}"),
            Self::Join { of, by } => write!(f, "join {} by {by}", of.join(", ")),
            Self::Pairs { of, path } => write!(f, "pairs of {of}.{path}"),
        }
    }
}

impl From<Each> for String {
    fn from(each: Each) -> Self {
        each.to_string()
    }
}

impl TryFrom<String> for Each {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Each {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let wrong = || {
            format!(
                "expected `row`, `group`, `output of STEP`, `element of STEP.PATH`, `join STEP, STEP by KEY` or \
                 `pairs of STEP.PATH`, found `{words}`"
            )
        };
        if matches!(words.as_str(), "row" | "group") {
            return Ok(Self::Source);
        }
        if let Some(of) = words.strip_prefix("output of ") {
            return if is_path(of) { Ok(Self::Output { of: of.to_owned() }) } else { Err(wrong()) };
        }
        let in_list = |rest: &str| -> Result<(String, OutputPath), String> {
            let (of, path) =
                rest.split_once('.').filter(|(of, path)| is_name(of) && !path.is_empty()).ok_or_else(wrong)?;
            let path = path.parse::<OutputPath>().map_err(|error| error.to_string())?;
            Ok((of.to_owned(), path))
        };
        if let Some(rest) = after(text, ["element", "of"]) {
            let (of, path) = in_list(rest)?;
            return Ok(Self::Element { of, path: path.without_last_elements() });
        }
        if let Some(rest) = after(text, ["pairs", "of"]) {
            let (of, path) = in_list(rest)?;
            if path.is_plural() {
                return Err(format!("`pairs of` takes one object of lists, and `{path}` can lead to several values"));
            }
            return Ok(Self::Pairs { of, path });
        }
        let rest = words.strip_prefix("join ").ok_or_else(wrong)?;
        let (steps, key) = rest.rsplit_once(" by ").ok_or_else(wrong)?;
        let of: Vec<String> = steps.split(',').map(|it| it.trim().to_owned()).collect();
        if key.is_empty() || key.contains(' ') || !of.iter().all(|it| is_path(it)) {
            return Err(wrong());
        }
        let by = match key {
            "row" => JoinKey::Row,
            "group" => JoinKey::Group,
            field => JoinKey::Field(field.to_owned()),
        };
        Ok(Self::Join { of, by })
    }
}

/// What comes after these words in `text`, without the white space around it.
fn after<'a>(text: &'a str, words: [&str; 2]) -> Option<&'a str> {
    let mut rest = text.trim();
    for word in words {
        rest = rest.strip_prefix(word).filter(|it| it.starts_with(char::is_whitespace))?.trim_start();
    }
    Some(rest)
}

/// Whether `text` can be the name of a step: a name, or two with a dot between them for a step in a perspective.
fn is_path(text: &str) -> bool {
    text.split('.').all(is_name)
}

/// Whether `text` is a name: letters, digits and `_`, not starting with a digit.
pub(super) fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    starts && text.len() <= 100 && text.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in [
            "row",
            "output of draft",
            "element of outline.sections",
            "join a, b by row",
            "join a by group",
            "join a, b.c by product",
            "pairs of plan.axes",
            "element of readers.strict.points",
            "element of facts.use_cases[].evidence",
            "element of facts.\"a.  b\"[].c",
            "pairs of plan.both.axes",
        ] {
            assert_eq!(text.parse::<Each>().map(|it| it.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(
            "  join  a ,b   by row ".parse::<Each>().map(|it| it.to_string()),
            Ok("join a, b by row".to_owned())
        );
        assert_eq!("group".parse(), Ok(Each::Source));
        let each: Each = " element  of facts.use_cases[].evidence[] ".parse().unwrap();
        assert_eq!(each.to_string(), "element of facts.use_cases[].evidence", "each element of a list is meant");
        assert_eq!("element of a.b[][]".parse::<Each>().unwrap().to_string(), "element of a.b[]");
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        for text in [
            "",
            "rows",
            "output",
            "output of",
            "output of a b",
            "element of a",
            "element of .b",
            "element of a.",
            "join a, b",
            "join by row",
            "join a,, b by row",
            "join a by",
            "pairs of a",
            "output of 1a",
            "join a by x y",
        ] {
            let error = text.parse::<Each>().unwrap_err();
            assert!(error.starts_with("expected `row`"), "{text}: {error}");
        }
        for (text, reason) in [
            ("element of a.b[0]", "`b[0]` is no path: expected `[]` for each element, found `[0]`"),
            ("pairs of a.b[].c", "`pairs of` takes one object of lists, and `b[].c` can lead to several values"),
        ] {
            assert_eq!(text.parse::<Each>(), Err(reason.to_owned()));
        }
    }

    #[test]
    fn a_step_in_a_perspective_has_two_names() {
        let resolved = |text: &str, steps: &[&str]| {
            let mut each: Each = text.parse().unwrap();
            each.resolve(|name| steps.contains(&name));
            let (Each::Element { of, path } | Each::Pairs { of, path }) = each else { panic!("{text}") };
            (of, path.to_string())
        };
        let pair = |of: &str, path: &str| (of.to_owned(), path.to_owned());
        let readers = ["readers.strict", "plan"];
        assert_eq!(resolved("element of readers.strict.points", &readers), pair("readers.strict", "points"));
        assert_eq!(resolved("element of readers.strict.a[].b", &readers), pair("readers.strict", "a[].b"));
        assert_eq!(resolved("pairs of plan.axes.more", &readers), pair("plan", "axes.more"));
        assert_eq!(resolved("element of readers.strict", &readers), pair("readers", "strict"));
    }
}
