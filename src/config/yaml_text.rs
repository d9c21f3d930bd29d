//! Writes JSON values as YAML that people can read: texts without quotes where that is safe.

use std::collections::BTreeMap;

use serde_json::Value;

/// Writes a text, a number or the like; lists and blocks too, on one line.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let of = |(key, value): (&String, &Value)| format!("{}: {}", text(key), flow(value));
            let sorted: BTreeMap<&String, &Value> = entries.iter().collect();
            format!("{{{}}}", sorted.into_iter().map(of).collect::<Vec<_>>().join(", "))
        }
        Value::Array(elements) => format!("[{}]", elements.iter().map(flow).collect::<Vec<_>>().join(", ")),
        other => scalar(other),
    }
}

/// Writes a text, a number or the like.
pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::String(it) => text(it),
        other => other.to_string(),
    }
}

/// Writes a text without quotes where every reader takes it for the same text.
fn text(text: &str) -> String {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"];
    let is_inner = |it: char| it.is_alphanumeric() || "_-./· ".contains(it);
    let is_safe = text.starts_with(char::is_alphabetic)
        && !text.ends_with(' ')
        && text.chars().all(is_inner)
        && !words.contains(&text.to_lowercase().as_str());
    // Of JSON's texts, YAML reads all but those with these characters as they are.
    let is_odd = |it: char| matches!(it, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffd}');
    let escape = |it: char| if is_odd(it) { format!("\\u{:04x}", u32::from(it)) } else { it.to_string() };
    if is_safe { text.to_owned() } else { Value::from(text).to_string().chars().map(escape).collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use std::sync::Arc;

    use super::*;
    use crate::config::node::Node;
    use crate::config::typed::typed;

    fn again(value: &Value) -> Value {
        let node = Node::parse(&format!("it: {}\n", flow(value)), &Arc::from("f"), "a test").unwrap();
        typed::<Value>(&node, "").unwrap()["it"].clone()
    }

    #[test]
    fn values_are_written_as_people_write_them() {
        let value =
            json!({"model": "gpt-4o", "version": "2.0", "stop": ["a: b", "no", ""], "top_p": 0.5, "seed": null});
        assert_eq!(
            flow(&value),
            r#"{model: gpt-4o, seed: null, stop: ["a: b", "no", ""], top_p: 0.5, version: "2.0"}"#
        );
    }

    proptest! {
        #[test]
        fn a_text_is_read_as_it_is(text in ".*") {
            prop_assert_eq!(again(&json!([text])), json!([text]));
        }

        #[test]
        fn a_number_is_read_as_it_is(number in proptest::num::f64::NORMAL, whole in any::<i64>()) {
            prop_assert_eq!(again(&json!({"a": [number, whole]})), json!({"a": [number, whole]}));
        }
    }
}
