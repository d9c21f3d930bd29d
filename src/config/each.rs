//! The value of a step's `each`: what each work item is made from ([`Each`]).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
    /// An element of a list in another step's output.
    Element {
        of: String,
        /// The field with the list.
        field: String,
    },
    /// The outputs of several steps for the same row, group or value.
    Join { of: Vec<String>, by: JoinKey },
    /// A combination of values from lists in another step's output.
    Pairs {
        of: String,
        /// The field with the lists, by name.
        field: String,
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
            Self::Element { of, field } => write!(f, "element of {of}.{field}"),
            Self::Join { of, by } => write!(f, "join {} by {by}", of.join(", ")),
            Self::Pairs { of, field } => write!(f, "pairs of {of}.{field}"),
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
                "expected `row`, `group`, `output of STEP`, `element of STEP.FIELD`, `join STEP, STEP by KEY` or \
                 `pairs of STEP.FIELD`, found `{words}`"
            )
        };
        if matches!(words.as_str(), "row" | "group") {
            return Ok(Self::Source);
        }
        if let Some(of) = words.strip_prefix("output of ") {
            return if is_path(of) { Ok(Self::Output { of: of.to_owned() }) } else { Err(wrong()) };
        }
        let in_list = |rest: &str| {
            let (of, field) = rest.rsplit_once('.')?;
            (is_path(of) && !field.is_empty()).then(|| (of.to_owned(), field.to_owned()))
        };
        if let Some(rest) = words.strip_prefix("element of ") {
            return in_list(rest).map(|(of, field)| Self::Element { of, field }).ok_or_else(wrong);
        }
        if let Some(rest) = words.strip_prefix("pairs of ") {
            return in_list(rest).map(|(of, field)| Self::Pairs { of, field }).ok_or_else(wrong);
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
        ] {
            assert_eq!(text.parse::<Each>().map(|it| it.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(
            "  join  a ,b   by row ".parse::<Each>().map(|it| it.to_string()),
            Ok("join a, b by row".to_owned())
        );
        assert_eq!("group".parse(), Ok(Each::Source));
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
    }
}
