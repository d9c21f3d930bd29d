//! Two requests: the parts that a `request_id` is made of.

use serde_json::{Value, json};

use super::change::Difference;
use super::lines::texts;
use super::schema::schemas;
use super::task::model;
use super::values::values;

/// Returns the parts that differ. `llm` is the name of the configuration block that the model comes from. A request is
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

/// Compares the messages that both conversations have, one by one, then the lengths.
fn messages(before: &Value, after: &Value) -> Vec<Difference> {
    let empty = Vec::new();
    let list = |value| Value::as_array(value).unwrap_or(&empty);
    let (one, two) = (list(before), list(after));
    let text = |message: &Value| message["content"].as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for (index, (was, is)) in one.iter().zip(two).enumerate() {
        let role = is["role"].as_str().unwrap_or_default();
        if was["role"] != is["role"] {
            found.push(Difference::changed(format!("message {}: role", index + 1), was["role"].clone(), role));
        }
        found.extend(texts(&format!("message {} ({role})", index + 1), &text(was), &text(is)));
    }
    if one.len() != two.len() {
        found.push(Difference::changed("number of messages", one.len(), two.len()));
    }
    found
}
