//! Two exact tasks: the parts that a work item's `cache_id` is made of, besides its input.

use serde_json::{Map, Value};

use super::change::Difference;
use super::lines::texts;
use super::schema::schemas;
use super::values::{keys, part, same, values};

/// Returns the parts that differ, named by the configuration's keys.
#[must_use]
pub fn tasks(before: &Value, after: &Value) -> Vec<Difference> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return values("task", before, after);
    };
    let of = |key| (part(before, key), part(after, key));
    let (was, is) = of("schema");
    let schema_changed = !same(&was["closed"], &is["closed"]);
    let mut found = Vec::new();
    for key in keys(before, after) {
        let (was, is) = of(key);
        match key {
            "prompt" => found.extend(prompt("prompt", was, is)),
            "schema" => found.extend(contract(was, is)),
            "model" => found.extend(model("llm", was, is, schema_changed)),
            "match" => found.extend(recorded("llm", was, is)),
            "judge" => found.extend(judge(was, is)),
            "thoughts" | "finish" | "by_row" => found.extend(values(&format!("llm.{key}"), was, is)),
            other => found.extend(values(other, was, is)),
        }
    }
    found
}

/// Compares the templates of a prompt line by line.
fn prompt(name: &str, before: &Value, after: &Value) -> Vec<Difference> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return values(name, before, after);
    };
    let differences = |key: &str| match (part(before, key), part(after, key)) {
        (Value::String(was), Value::String(is)) => texts(&format!("{name}: {key}"), was, is),
        (was, is) => values(&format!("{name}: {key}"), was, is),
    };
    keys(before, after).into_iter().flat_map(differences).collect()
}

/// Compares output contracts. The schema's text, as prompts show it, counts only if nothing else explains the
/// difference.
fn contract(before: &Value, after: &Value) -> Vec<Difference> {
    let (Value::Object(one), Value::Object(two)) = (before, after) else {
        return values("schema", before, after);
    };
    let mut found = schemas(part(one, "closed"), part(two, "closed"));
    for key in keys(one, two).into_iter().filter(|key| *key != "closed" && *key != "shown") {
        found.extend(values(&format!("schema.{key}"), part(one, key), part(two, key)));
    }
    if let (Value::String(was), Value::String(is)) = (part(one, "shown"), part(two, "shown"))
        && found.is_empty()
    {
        found = texts("schema: as the prompt shows it,", was, is);
    }
    found
}

/// Compares the model and its parameters, which are one value of the record. With `schema_changed`, the schema in it is
/// left out, since the caller names it.
pub(super) fn model(name: &str, before: &Value, after: &Value, schema_changed: bool) -> Vec<Difference> {
    let (Value::Object(one), Value::Object(two)) = (before, after) else {
        return values(name, before, after);
    };
    let mut found = Vec::new();
    for key in keys(one, two) {
        let (was, is) = (part(one, key), part(two, key));
        match (key, was, is) {
            ("endpoint", Value::Object(was), Value::Object(is)) => found.extend(endpoint(name, was, is)),
            ("parameters", was, is) => found.extend(values(name, was, is)),
            ("response_schema", Value::Null, Value::Object(_)) => {
                found.push(held(name, false, true));
            }
            ("response_schema", Value::Object(_), Value::Null) => found.push(held(name, true, false)),
            ("response_schema", ..) if schema_changed => {}
            ("response_schema", was, is) => {
                found.extend(values(&format!("{name}: schema sent to the provider"), was, is));
            }
            (key, was, is) => found.extend(values(&format!("{name}.{key}"), was, is)),
        }
    }
    found
}

fn held(name: &str, was: bool, is: bool) -> Difference {
    let word = |held| if held { "held to the schema" } else { "not held to it" };
    Difference::changed(format!("{name}.structured_output"), word(was), word(is))
}

/// Compares the providers. If the provider itself changed, its settings are left out: they follow from that.
fn endpoint(name: &str, before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Difference> {
    let (was, is) = (part(before, "provider"), part(after, "provider"));
    if was != is {
        let address = values(&format!("{name}.base_url"), part(before, "base_url"), part(after, "base_url"));
        let mut found = vec![Difference::changed(format!("{name}.provider"), was.clone(), is.clone())];
        found.extend(address);
        return found;
    }
    let provider = is.as_str().unwrap_or_default();
    let differences = |key: &str| {
        let part_name = match (provider, key) {
            // The schema is named as a part of the task.
            ("sample", "schema") => return Vec::new(),
            ("sample", "seed") => "run.seed".to_owned(),
            ("recorded", "table") => format!("{name}.recorded.path: content of the table"),
            ("sample" | "recorded", key) => format!("{name}.{provider}.{key}"),
            (_, key) => format!("{name}.{key}"),
        };
        values(&part_name, part(before, key), part(after, key))
    };
    keys(before, after).into_iter().flat_map(differences).collect()
}

fn recorded(name: &str, before: &Value, after: &Value) -> Vec<Difference> {
    if before.is_null() || after.is_null() {
        // The change of the provider already says that answers come from a table, or no longer do.
        return Vec::new();
    }
    values(&format!("{name}.recorded"), before, after)
}

fn judge(before: &Value, after: &Value) -> Vec<Difference> {
    let (Value::Object(one), Value::Object(two)) = (before, after) else {
        let word = |it: &Value| if it.is_null() { "off" } else { "on" };
        return if same(before, after) {
            Vec::new()
        } else if before.is_null() || after.is_null() {
            vec![Difference::changed("judge", word(before), word(after))]
        } else {
            values("judge", before, after)
        };
    };
    let mut found = Vec::new();
    for key in keys(one, two) {
        let (was, is) = (part(one, key), part(two, key));
        match key {
            "prompt" => found.extend(prompt("judge.prompt", was, is)),
            "model" => found.extend(model("judge.llm", was, is, !same(part(one, "schema"), part(two, "schema")))),
            "match" => found.extend(recorded("judge.llm", was, is)),
            "schema" if !same(was, is) => {
                found.push(Difference::changed("judge: form of the verdict", was.clone(), is.clone()));
            }
            "thoughts" | "finish" => found.extend(values(&format!("judge.llm.{key}"), was, is)),
            key => found.extend(values(&format!("judge.{key}"), was, is)),
        }
    }
    found
}
