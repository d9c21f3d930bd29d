//! A step: [`Step`], and the combinations and the perspective in it.
//!
//! A plain batch is one step without a name under one variant. Whoever needs a step's words, its keys or its part of a
//! record asks the step for them here, and never whether there are several.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::each::Each;
use crate::config::raw::Cover;

/// What belongs to a step alone, as opposed to the blocks at the top.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Step {
    /// The name as written, `STEP.PERSPECTIVE` in a perspective; empty for the one step of a plain batch. For the name
    /// in records and messages see [`Step::name`].
    pub name: String,
    /// What each work item is made from.
    pub each: Each,
    /// The expression that must be true of a work item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Whether the step asks for a verdict instead of an output.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub verdict: bool,
    /// The expression, or the block of them, that computes the output without a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Value>,
    /// Which combinations become work items, with [`Each::Pairs`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<Pairs>,
    /// The role in which the step is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perspective: Option<Perspective>,
    /// The names of the gold values that its prompt may read, in a step that asks for a metric.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gold: Vec<String>,
}

/// The name of the one step of a plain batch, in records and messages.
pub const PLAIN: &str = "generate";

impl Step {
    /// The name in records and messages: `generate` for the one step of a plain batch.
    #[must_use]
    pub fn name(&self) -> &str {
        self.own_name().unwrap_or(PLAIN)
    }

    /// The name that the user gave the step; `None` in a plain batch.
    #[must_use]
    pub fn own_name(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Whether the step asks for the metric `name` of an experiment, and is no part of the task.
    #[must_use]
    pub fn is_metric(&self) -> bool {
        is_metric(&self.name)
    }

    /// Whether `name` names this step, or all perspectives of which it is one.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        is_called(self.name(), name)
    }

    /// The path of the step's `key` in a configuration, and the key of its file in a record: `when` in a plain batch,
    /// otherwise `steps.NAME.when`.
    #[must_use]
    pub fn key(&self, key: &str) -> String {
        self.own_name().map_or_else(|| key.to_owned(), |name| format!("steps.{name}.{key}"))
    }

    /// `text` with the step's name before it (`NAME: text`); `text` alone in a plain batch.
    #[must_use]
    pub fn prefixed(&self, text: &str) -> String {
        self.own_name().map_or_else(|| text.to_owned(), |name| format!("{name}: {text}"))
    }

    /// `text` as a message about the step (``step `NAME`: text``); `text` alone in a plain batch.
    #[must_use]
    pub fn message(&self, text: &str) -> String {
        self.own_name().map_or_else(|| text.to_owned(), |name| format!("step `{name}`: {text}"))
    }

    /// The name of the step that writes this step's schema: `schema`, or `schema:NAME`. No step of a configuration can
    /// have it, because a name has no colon, and a plain batch has no other name.
    #[must_use]
    pub fn author_name(&self) -> String {
        self.own_name().map_or_else(|| "schema".to_owned(), |name| format!("schema:{name}"))
    }

    /// This step's part of `record`, an object that [`Step::put_part`] made.
    #[must_use]
    pub fn part<'a>(&self, record: &'a Value) -> &'a Value {
        self.own_name().map_or(record, |name| &record[name])
    }

    /// Puts `part` into `record`, an object with a member for each step. In a plain batch the part's members are the
    /// record's own.
    pub fn put_part(&self, record: &mut Map<String, Value>, part: Map<String, Value>) {
        match self.own_name() {
            Some(name) => drop(record.insert(name.to_owned(), Value::Object(part))),
            None => record.extend(part),
        }
    }

    /// Whether this is the step of a plain batch, which no snapshot shows.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The name of the step that asks for a metric. No step of a configuration can have it, because a name has no colon.
#[must_use]
pub fn metric_step(metric: &str) -> String {
    format!("{METRIC}{metric}")
}

/// What the names of steps that ask for metrics begin with.
const METRIC: &str = "metric:";

/// Whether `step` is the name of a step that asks for a metric.
#[must_use]
pub fn is_metric(step: &str) -> bool {
    metric_of(step).is_some()
}

/// The metric that the step called `step` asks for, if it does.
#[must_use]
pub fn metric_of(step: &str) -> Option<&str> {
    step.strip_prefix(METRIC)
}

/// Whether `name` names the step called `step`, or all perspectives of which it is one.
#[must_use]
pub fn is_called(step: &str, name: &str) -> bool {
    step == name || step.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
}

/// Which combinations of the values of several lists become work items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Pairs {
    pub cover: Cover,
    /// How many combinations; a pairwise cover without a count has as many as it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
}

/// A role in which a step is done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Perspective {
    pub name: String,
    /// The system prompt in this role; `None`: that of the prompt file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_step_knows_its_words_and_its_part_of_a_record() {
        let plain = Step::default();
        let named = Step { name: "draft".to_owned(), ..Step::default() };
        let words = |step: &Step| {
            [step.name().to_owned(), step.key("when"), step.prefixed("x"), step.message("x"), step.author_name()]
        };
        assert_eq!(words(&plain), ["generate", "when", "x", "x", "schema"]);
        assert_eq!(words(&named), ["draft", "steps.draft.when", "draft: x", "step `draft`: x", "schema:draft"]);
        for (step, expected) in [(plain, json!({"input": "a"})), (named, json!({"draft": {"input": "a"}}))] {
            let mut record = Map::new();
            step.put_part(&mut record, Map::from_iter([("input".to_owned(), json!("a"))]));
            let record = Value::Object(record);
            assert_eq!((&record, step.part(&record)), (&expected, &json!({"input": "a"})));
        }
    }
}
