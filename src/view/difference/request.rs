//! Two requests: the parts that a `request_id` is made of.

use serde_json::{Value, json};

use super::schema::schemas;
use super::task::model;
use super::{Difference, texts, values};

/// The parts that differ; `llm` names the configuration's block of the one who is asked. A request is
/// `{"spec", "messages": [{"role", "content"}], "sample", "matched", "item"}`.
#[must_use]
pub fn requests(llm: &str, before: &Value, after: &Value) -> Vec<Difference> {
    let schema = |it: &Value| it["spec"]["response_schema"]["schema"].clone();
    let mut found = model(llm, &before["spec"], &after["spec"], true);
    if let (was @ Value::Object(_), is @ Value::Object(_)) = (schema(before), schema(after)) {
        found.extend(schemas(&was, &is));
    }
    found.extend(messages(&before["messages"], &after["messages"]));
    found.extend(values(&format!("{llm}.recorded"), &before["matched"], &after["matched"]));
    if before["sample"] != after["sample"] {
        found.push(Difference::changed("sample number", before["sample"].clone(), after["sample"].clone()));
    }
    if before["item"] != after["item"] {
        let word = |it: &Value| json!(if it.is_null() { "shared" } else { "of this work item alone" });
        found.push(Difference::changed("cache.share", word(&before["item"]), word(&after["item"])));
    }
    found
}

fn messages(before: &Value, after: &Value) -> Vec<Difference> {
    let empty = Vec::new();
    let list = |value| Value::as_array(value).unwrap_or(&empty);
    let (one, two) = (list(before), list(after));
    let mut found = Vec::new();
    for index in 0..one.len().max(two.len()) {
        let name =
            |message: &Value| format!("message {} ({})", index + 1, message["role"].as_str().unwrap_or("nobody"));
        let text = |message: &Value| message["content"].as_str().unwrap_or_default().to_owned();
        match (one.get(index), two.get(index)) {
            (Some(was), Some(is)) if was["role"] == is["role"] => {
                found.extend(texts(&name(is), &text(was), &text(is)));
            }
            (was, is) => {
                found.extend(was.map(|it| Difference::removed(name(it), text(it))));
                found.extend(is.map(|it| Difference::added(name(it), text(it))));
            }
        }
    }
    found
}
