//! What the configuration says about names in templates: its variables, and the columns that no prompt may show
//! ([`TemplateSettings`]).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::fault::Fault;
use super::lineage::TemplateValue;
use super::shape::JsonKind;
use crate::config::nearest;

/// The variables of `vars:` and the columns of `input.hidden`.
#[derive(Clone, Debug, Default)]
pub struct TemplateSettings {
    vars: Arc<Map<String, Value>>,
    hidden: Arc<[String]>,
    /// The columns of the input that are gold, which are in no row.
    gold: Arc<[String]>,
}

impl TemplateSettings {
    #[must_use]
    pub fn new(vars: Map<String, Value>, hidden: &[String]) -> Self {
        Self { vars: Arc::new(vars), hidden: hidden.into(), gold: Arc::default() }
    }

    /// Sets the columns of the input that are gold.
    #[must_use]
    pub fn with_gold(mut self, gold: &[String]) -> Self {
        self.gold = gold.into();
        self
    }

    /// The variables, as templates see them.
    #[must_use]
    pub fn value(&self) -> TemplateValue {
        TemplateValue::new(&Value::Object((*self.vars).clone()))
    }

    /// The variables that templates with these paths read.
    #[must_use]
    pub fn read_by(&self, paths: &[String]) -> Map<String, Value> {
        let is_read = |name: &str| {
            paths.iter().any(|path| match path.strip_prefix("vars") {
                Some("") => true,
                Some(rest) => rest.strip_prefix('.').is_some_and(|it| it.split('.').next() == Some(name)),
                None => false,
            })
        };
        self.vars.iter().filter(|(name, _)| is_read(name)).map(|(name, it)| (name.clone(), it.clone())).collect()
    }

    /// The names of the variables.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.vars.keys().map(String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.vars.contains_key(name)
    }

    /// Whether no prompt may show the column.
    pub(super) fn hides(&self, column: &str) -> bool {
        self.hidden.iter().any(|it| it == column)
    }

    /// Whether the column is gold, and so in no row.
    pub(super) fn is_gold(&self, column: &str) -> bool {
        self.gold.iter().any(|it| it == column)
    }

    /// The same settings for what may read every column.
    pub(super) fn showing_all(&self) -> Self {
        Self { hidden: Arc::default(), ..self.clone() }
    }

    fn follow(&self, path: &str) -> Option<&Value> {
        let mut segments = path.split('.');
        let first = self.vars.get(segments.next()?)?;
        segments.try_fold(first, |value, segment| match value {
            Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
            value => value.get(segment),
        })
    }

    /// The kind of the variable at the path after `vars.`, where it is never another one.
    pub(super) fn kind(&self, path: &str) -> Option<JsonKind> {
        match self.follow(path)? {
            Value::Bool(_) => Some(JsonKind::Bool),
            Value::Number(_) => Some(JsonKind::Number),
            Value::String(_) => Some(JsonKind::Text),
            Value::Array(_) => Some(JsonKind::List),
            Value::Null | Value::Object(_) => None,
        }
    }

    /// Why there is no variable at the path after `vars.`; `None` if there is one.
    pub(super) fn unknown(&self, path: &str) -> Option<Fault> {
        let name = path.split('.').next()?;
        if !self.has(name) {
            let near = nearest(name, self.names());
            let ways = format!("set it with `--var {name}=VALUE`, or in the configuration: `vars: {{{name}: VALUE}}`");
            return Some(Fault {
                name: format!("vars.{name}"),
                message: format!("`vars.{name}`: the variable `{name}` is not set"),
                hint: near.map_or(ways.clone(), |near| format!("did you mean `vars.{near}`? Otherwise {ways}")),
                offset: None,
            });
        }
        // Objects have the keys that they have, and texts and lists are taken apart by numbers.
        let at = path.split('.').count();
        let known = (1..=at).rev().find(|&count| {
            let part: Vec<&str> = path.split('.').take(count).collect();
            self.follow(&part.join(".")).is_some()
        })?;
        let segments: Vec<&str> = path.split('.').collect();
        let missing = segments.get(known)?;
        let parent = segments[..known].join(".");
        let fields: Vec<&str> = match self.follow(&parent)? {
            Value::Object(fields) => fields.keys().map(String::as_str).collect(),
            _ if missing.bytes().all(|byte| byte.is_ascii_digit()) => return None,
            _ => Vec::new(),
        };
        Some(Fault {
            name: format!("vars.{parent}.{missing}"),
            message: format!("`vars.{parent}.{missing}`: `vars.{parent}` has no `{missing}`"),
            hint: match nearest(missing, fields.iter().copied()) {
                Some(near) => format!("did you mean `vars.{parent}.{near}`?"),
                None if fields.is_empty() => "it is no block of keys".to_owned(),
                None => format!("known: {}", fields.join(", ")),
            },
            offset: None,
        })
    }

    /// The fault of a template that names a column of the input that is gold.
    pub(super) fn gold(&self, name: &str, column: &str) -> Option<Fault> {
        self.is_gold(column).then(|| Fault {
            name: name.to_owned(),
            message: format!("`{name}`: the column `{column}` is gold (`experiment.gold.fields`), which is in no row"),
            hint: "prompts, contexts, checks and rules see no gold answer; the prompt of a metric sees it as `gold`"
                .to_owned(),
            offset: None,
        })
    }

    /// The fault of a template that shows a column which no prompt may show.
    pub(super) fn hidden(&self, column: &str) -> Option<Fault> {
        self.hides(column).then(|| Fault {
            name: format!("row.{column}"),
            message: format!("`row.{column}`: the column `{column}` is in `input.hidden`, so that no prompt shows it"),
            hint: "prompts of judges, checks, `when` and rules may read it; to show it, take it out of `input.hidden`"
                .to_owned(),
            offset: None,
        })
    }
}
