//! Two configuration snapshots of a run file: the settings, the files that they name, and the tables of recorded
//! answers.

use serde_json::{Map, Value};

use super::change::Difference;
use super::lines::texts;
use super::schema::schemas;
use super::values::{keys, part, same, values};

/// The blocks that a run has once, whatever its steps are.
const RUN: &[&str] = &["run", "input", "cache", "budget", "outputs", "report", "prices", "images"];

/// Returns the differences of two configuration snapshots, named by the configuration's keys.
#[must_use]
pub fn configurations(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = match (&before["steps"], &after["steps"]) {
        (Value::Null, Value::Null) => values("", &readable(&before["config"]), &readable(&after["config"])),
        _ => steps(&by_step(before), &by_step(after)),
    };
    if let (Value::Object(one), Value::Object(two)) = (&before["files"], &after["files"]) {
        found.extend(files(one, two));
    }
    found.extend(values("content of the recorded answers", &before["tables"], &after["tables"]));
    if !same(&before["rehearsal"], &after["rehearsal"]) {
        let word = |it: &Value| if *it == Value::Bool(true) { "yes" } else { "no" };
        found.push(Difference::changed("--provider sample", word(&before["rehearsal"]), word(&after["rehearsal"])));
    }
    found
}

/// Returns the configuration of each step with the step's name, which is empty for a plain batch.
fn by_step(snapshot: &Value) -> Steps {
    let step = |config: &Value| {
        let name = config["step"]["name"].as_str().unwrap_or_default().to_owned();
        (name, readable(config).as_object().cloned().unwrap_or_default())
    };
    match &snapshot["steps"] {
        Value::Array(steps) => steps.iter().map(step).collect(),
        _ => vec![step(&snapshot["config"])],
    }
}

/// A step of both configurations, with its differences.
struct StepPair<'a> {
    name: String,
    before: &'a Map<String, Value>,
    after: &'a Map<String, Value>,
    differences: Vec<Difference>,
}

impl StepPair<'_> {
    /// Whether it has the block that a difference is in.
    fn has(&self, difference: &Difference) -> bool {
        let block = difference.part.split(['.', ':']).next().unwrap_or_default();
        !part(self.before, block).is_null() || !part(self.after, block).is_null()
    }
}

type Steps = Vec<(String, Map<String, Value>)>;

/// Returns the differences of the blocks that a run has once, then those that all steps share, then the rest by step.
fn steps(before: &Steps, after: &Steps) -> Vec<Difference> {
    let mut found = Vec::new();
    if let ([(_, was), ..], [(_, is), ..]) = (before.as_slice(), after.as_slice()) {
        found.extend(RUN.iter().flat_map(|block| values(block, part(was, block), part(is, block))));
    }
    let named = |name: &str| if name.is_empty() { "steps".to_owned() } else { format!("steps.{name}") };
    let mut both = Vec::new();
    for (name, was) in before {
        match after.iter().find(|it| it.0 == *name) {
            None => found.push(Difference::removed(named(name), part(was, "step").clone())),
            Some((_, is)) => {
                both.push(StepPair { name: named(name), before: was, after: is, differences: blocks(was, is) });
            }
        }
    }
    for (name, is) in after.iter().filter(|it| !before.iter().any(|other| other.0 == it.0)) {
        found.push(Difference::added(named(name), part(is, "step").clone()));
    }
    let in_all = |it: &Difference| {
        let concerned: Vec<&StepPair<'_>> = both.iter().filter(|step| step.has(it)).collect();
        concerned.len() > 1 && concerned.iter().all(|step| step.differences.contains(it))
    };
    let mut shared: Vec<Difference> = Vec::new();
    for it in both.iter().flat_map(|step| &step.differences) {
        if in_all(it) && !shared.contains(it) {
            shared.push(it.clone());
        }
    }
    found.extend(shared.iter().cloned());
    for step in &both {
        let left = step.differences.iter().filter(|it| !shared.contains(it));
        found.extend(left.map(|it| Difference { part: format!("{}.{}", step.name, it.part), ..it.clone() }));
    }
    let order = |one: &Steps, two: &Steps| {
        let kept = one.iter().filter(|it| two.iter().any(|other| other.0 == it.0));
        kept.map(|it| it.0.clone()).collect::<Vec<_>>()
    };
    let (was, is) = (order(before, after), order(after, before));
    if was != is {
        found.push(Difference::changed("steps: order", was, is));
    }
    found
}

/// Returns the differences of one step's own blocks.
fn blocks(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Difference> {
    let own = keys(before, after).into_iter().filter(|key| !RUN.contains(key));
    own.flat_map(|key| match key {
        // Its `each`, `when` and the like are keys of the step itself.
        "step" => values("", part(before, key), part(after, key)),
        key => values(key, part(before, key), part(after, key)),
    })
    .collect()
}

/// Returns the configuration as people write it, with a provider's settings beside its name.
fn readable(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut shown = Map::new();
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("provider", Value::Object(provider)) => shown.extend(settings(provider)),
                    _ => drop(shown.insert(key.clone(), readable(value))),
                }
            }
            Value::Object(shown)
        }
        Value::Array(list) => list.iter().map(readable).collect(),
        other => other.clone(),
    }
}

fn settings(provider: &Map<String, Value>) -> Map<String, Value> {
    let mut settings = provider.clone();
    let Some(name) = settings.remove("name") else { return settings };
    let own = name.as_str().filter(|name| matches!(*name, "recorded" | "sample")).map(str::to_owned);
    let mut shown = match own {
        Some(own) => Map::from_iter([(own, Value::Object(settings))]),
        None => settings,
    };
    shown.insert("provider".to_owned(), name);
    shown
}

/// Compares the files that a configuration names: a schema field by field, any other file line by line.
fn files(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    for key in keys(before, after) {
        let text = |files| part(files, key)["text"].as_str().map(str::to_owned);
        match (text(before), text(after)) {
            (Some(was), Some(is)) if was != is => {
                let schema = |text: &str| {
                    key.ends_with("schema.path").then(|| serde_json::from_str::<Value>(text).ok()).flatten()
                };
                let by_field = match (schema(&was), schema(&is)) {
                    (Some(was), Some(is)) => schemas(&was, &is),
                    _ => Vec::new(),
                };
                if by_field.is_empty() {
                    found.extend(texts(&format!("{key}:"), &was, &is));
                }
                let of = key.strip_suffix("schema.path").unwrap_or_default();
                found.extend(by_field.into_iter().map(|it| Difference { part: format!("{of}{}", it.part), ..it }));
            }
            (Some(was), None) => found.push(Difference::removed(format!("{key}: text"), was)),
            (None, Some(is)) => found.push(Difference::added(format!("{key}: text"), is)),
            _ => {}
        }
    }
    found
}
