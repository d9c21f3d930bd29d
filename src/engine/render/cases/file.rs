//! The file of cases: YAML in which an unknown key is an error with its line.

use std::path::{Component, Path};
use std::sync::Arc;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use crate::config::{ConfigError, Node, NodeValue, Origin, typed};
use crate::engine::render::target::{RenderTarget, RowChoice};

/// What a file of cases holds, for messages.
const EXPECTED: &str = "a list of `cases:`";

/// The cases of a file.
pub(super) struct Cases {
    pub(super) cases: Vec<Case>,
}

/// One case.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) target: RenderTarget,
    /// The cells of a made-up row, by column.
    pub(super) values: Option<Vec<MadeUpCell>>,
    pub(super) expect: Expectations,
}

/// A cell of a made-up row.
pub(super) struct MadeUpCell {
    pub(super) column: String,
    /// As a table has it; empty for null.
    pub(super) text: String,
    /// As a JSON file has it.
    pub(super) json: Value,
}

/// What the request has to be.
#[derive(Default)]
pub(super) struct Expectations {
    pub(super) texts: Vec<TextExpectation>,
    /// The name of the snapshot file.
    pub(super) equals: Option<String>,
    pub(super) max_tokens: Option<u64>,
}

/// What a part of the text has to contain or match, or must not.
pub(super) struct TextExpectation {
    /// The key in the file, such as `system_contains`.
    pub(super) key: String,
    /// The messages that it is about: those of one role, or all.
    pub(super) role: Option<&'static str>,
    /// Whether it must not be there.
    pub(super) not: bool,
    pub(super) wanted: Wanted,
}

pub(super) enum Wanted {
    Text(String),
    Pattern(Regex),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCases {
    cases: Vec<RawCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    name: String,
    row: Option<u64>,
    key: Option<String>,
    values: Option<serde::de::IgnoredAny>,
    step: Option<String>,
    #[serde(default)]
    judge: bool,
    attempt: Option<u32>,
    #[serde(default)]
    answers: Vec<String>,
    expect: RawExpect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExpect {
    contains: Option<serde::de::IgnoredAny>,
    not_contains: Option<serde::de::IgnoredAny>,
    matches: Option<serde::de::IgnoredAny>,
    not_matches: Option<serde::de::IgnoredAny>,
    system_contains: Option<serde::de::IgnoredAny>,
    system_not_contains: Option<serde::de::IgnoredAny>,
    system_matches: Option<serde::de::IgnoredAny>,
    system_not_matches: Option<serde::de::IgnoredAny>,
    user_contains: Option<serde::de::IgnoredAny>,
    user_not_contains: Option<serde::de::IgnoredAny>,
    user_matches: Option<serde::de::IgnoredAny>,
    user_not_matches: Option<serde::de::IgnoredAny>,
    equals: Option<String>,
    max_tokens: Option<u64>,
}

impl RawExpect {
    fn is_empty(&self) -> bool {
        let texts = [
            &self.contains,
            &self.not_contains,
            &self.matches,
            &self.not_matches,
            &self.system_contains,
            &self.system_not_contains,
            &self.system_matches,
            &self.system_not_matches,
            &self.user_contains,
            &self.user_not_contains,
            &self.user_matches,
            &self.user_not_matches,
        ];
        texts.iter().all(|it| it.is_none()) && self.equals.is_none() && self.max_tokens.is_none()
    }
}

impl Cases {
    /// Reads the text of the file at `path`.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let file: Arc<str> = Arc::from(path.display().to_string());
        let node = Node::parse(text, &file, EXPECTED)?;
        let raw: RawCases = typed(&node, "")?;
        let nodes = match node.get("cases").map(|it| &it.value) {
            Some(NodeValue::List(nodes)) => nodes.as_slice(),
            _ => &[],
        };
        if nodes.is_empty() {
            return Err(ConfigError::value("cases", "expected at least one case", node.origin_of("cases")));
        }
        let mut cases: Vec<Case> = Vec::with_capacity(nodes.len());
        for (index, (raw, node)) in raw.cases.into_iter().zip(nodes).enumerate() {
            let case = case(raw, node, &format!("cases[{index}]"))?;
            if cases.iter().any(|it| it.name == case.name) {
                let reason = format!("a case before it has the name `{}` too", case.name);
                return Err(ConfigError::value(format!("cases[{index}].name"), reason, node.origin_of("name")));
            }
            cases.push(case);
        }
        Ok(Self { cases })
    }
}

impl Case {
    /// The line of the file that it begins on, from 1.
    pub(super) fn line(&self) -> u32 {
        match &self.origin {
            Origin::File(at) => at.line,
            Origin::Set(_) | Origin::Unknown => 0,
        }
    }
}

fn case(raw: RawCase, node: &Node, path: &str) -> Result<Case, ConfigError> {
    let bad = |key: &str, reason: &str| ConfigError::value(format!("{path}.{key}"), reason, node.origin_of(key));
    if raw.name.trim().is_empty() {
        return Err(bad("name", "expected a text, found an empty one"));
    }
    let named = [raw.row.is_some(), raw.key.is_some(), raw.values.is_some()];
    if named.iter().filter(|it| **it).count() > 1 {
        let key = if raw.values.is_some() { "values" } else { "key" };
        return Err(bad(key, "a case has one of `row`, `key` and `values`"));
    }
    let row = match (raw.row, raw.key) {
        (Some(0), _) => return Err(bad("row", "rows are counted from 1")),
        (Some(number), _) => RowChoice::Number(number),
        (None, Some(key)) => RowChoice::Key(key),
        (None, None) => RowChoice::First,
    };
    if raw.attempt == Some(0) {
        return Err(bad("attempt", "attempts are counted from 1"));
    }
    if raw.expect.is_empty() {
        return Err(bad("expect", "expected something that the request has to be, such as `contains`"));
    }
    let (step, judge, attempt, answers) = (raw.step, raw.judge, raw.attempt, raw.answers);
    Ok(Case {
        name: raw.name,
        origin: node.origin.clone(),
        target: RenderTarget { row, step, judge, attempt, answers },
        values: raw.values.map(|_| values(node, path)).transpose()?,
        expect: expectations(node, path, raw.expect.equals, raw.expect.max_tokens)?,
    })
}

/// The cells of a made-up row.
fn values(node: &Node, path: &str) -> Result<Vec<MadeUpCell>, ConfigError> {
    let path = format!("{path}.values");
    let Some(held) = node.get("values") else { return Ok(Vec::new()) };
    let NodeValue::Map(entries) = &held.value else {
        return Err(ConfigError::value(path, "expected columns with their texts", &held.origin));
    };
    let cell = |entry: &crate::config::NodeEntry| -> Result<MadeUpCell, ConfigError> {
        let json: Value = typed(&entry.node, &format!("{path}.{}", entry.key))?;
        let text = match &entry.node.value {
            NodeValue::Null => String::new(),
            NodeValue::Whole(_, text) | NodeValue::Real(_, text) | NodeValue::Text(text) => text.clone(),
            NodeValue::Bool(_) | NodeValue::List(_) | NodeValue::Map(_) => json.to_string(),
        };
        Ok(MadeUpCell { column: entry.key.clone(), text, json })
    };
    entries.iter().map(cell).collect()
}

fn expectations(
    node: &Node,
    path: &str,
    equals: Option<String>,
    max_tokens: Option<u64>,
) -> Result<Expectations, ConfigError> {
    let path = format!("{path}.expect");
    let mut texts = Vec::new();
    let Some(NodeValue::Map(entries)) = node.get("expect").map(|it| &it.value) else {
        return Ok(Expectations::default());
    };
    for entry in entries.iter().filter(|entry| !matches!(&*entry.key, "equals" | "max_tokens")) {
        let key = format!("{path}.{}", entry.key);
        let nodes: &[Node] = match &entry.node.value {
            NodeValue::List(nodes) if nodes.is_empty() => {
                return Err(ConfigError::value(key, "expected at least one text", &entry.node.origin));
            }
            NodeValue::List(nodes) => nodes,
            NodeValue::Null => continue,
            _ => std::slice::from_ref(&entry.node),
        };
        for node in nodes {
            let text: String = typed(node, &key)?;
            if text.is_empty() {
                return Err(ConfigError::value(key, "expected a text, found an empty one", &node.origin));
            }
            texts.push(text_expectation(&entry.key, text, &key, &node.origin)?);
        }
    }
    if let Some(name) = &equals {
        let leaves = |part: Component<'_>| !matches!(part, Component::Normal(_) | Component::CurDir);
        if name.trim().is_empty() || Path::new(name).components().any(leaves) {
            let reason = "expected the name of a file in the folder of the cases or below it";
            return Err(ConfigError::value(format!("{path}.equals"), reason, node.origin_of("expect.equals")));
        }
    }
    Ok(Expectations { texts, equals, max_tokens })
}

fn text_expectation(name: &str, text: String, key: &str, origin: &Origin) -> Result<TextExpectation, ConfigError> {
    let (role, rest) = match name.split_once('_') {
        Some(("system", rest)) => (Some("system"), rest),
        Some(("user", rest)) => (Some("user"), rest),
        _ => (None, name),
    };
    let not = rest.starts_with("not_");
    let wanted = if rest.ends_with("matches") {
        let bad = |error: regex::Error| {
            let error = error.to_string();
            let last = error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            ConfigError::value(key, format!("not a regular expression: {last}"), origin)
        };
        Wanted::Pattern(Regex::new(&text).map_err(bad)?)
    } else {
        Wanted::Text(text)
    };
    Ok(TextExpectation { key: name.to_owned(), role, not, wanted })
}
