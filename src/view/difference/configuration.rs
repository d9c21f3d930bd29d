//! Two configurations, as a run file keeps them: what was written, the files that it names, the tables of answers.

use serde_json::{Map, Value};

use super::schema::schemas;
use super::{Difference, keys, part, same, texts, values};

/// The differences of two configuration snapshots, under the names of the configuration's keys.
#[must_use]
pub fn configurations(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = values("", &readable(&before["config"]), &readable(&after["config"]));
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

/// The configuration as people write it: a provider's settings stand beside its name.
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

/// The texts of the files that a configuration names: a schema field by field, every other line by line.
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
                found.extend(if by_field.is_empty() { texts(&format!("{key}:"), &was, &is) } else { by_field });
            }
            (Some(was), None) => found.push(Difference::removed(format!("{key}: text"), was)),
            (None, Some(is)) => found.push(Difference::added(format!("{key}: text"), is)),
            _ => {}
        }
    }
    found
}
