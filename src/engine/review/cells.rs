//! An output, and the row that it was made of, as cells that people read.

use serde_json::Value;

use crate::record::document::DOCUMENT_COLUMNS;

/// Names of columns with their texts.
pub(super) type Cells = Vec<(String, String)>;

/// The columns of a file of decisions, whose names no field may take.
const RESERVED: [&str; 6] = ["work_id", "step", "decision", "reason", "output", "by"];

/// The cells of an output: a field each; of an object within, each of its fields.
pub(super) fn output_cells(output: &Value) -> Cells {
    let Value::Object(fields) = output else { return Vec::new() };
    let mut cells = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                cells.extend(inner.iter().map(|(key, value)| (format!("{name}.{key}"), text_of(value))));
            }
            value if RESERVED.iter().any(|it| it.eq_ignore_ascii_case(name)) => {
                cells.push((format!("output.{name}"), text_of(value)));
            }
            value => cells.push((name.clone(), text_of(value))),
        }
    }
    cells
}

/// The cells of an input row. Of a section of a document, those that say which one it is.
pub(super) fn row_cells(columns: &Value, fields: &Value) -> Cells {
    let names: Vec<&str> = columns.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let is_document = names == DOCUMENT_COLUMNS;
    let is_shown = |name: &str| !is_document || !matches!(name, "text" | "numbered");
    let cells = names.iter().zip(fields.as_array().into_iter().flatten());
    cells.filter(|(name, _)| is_shown(name)).map(|(name, value)| (format!("row.{name}"), text_of(value))).collect()
}

/// A value as people read it: a list of texts a line each, messages with who says them, anything else as JSON.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(elements) if elements.iter().all(Value::is_string) => {
            elements.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
        }
        Value::Array(elements) => {
            let said: Option<Vec<String>> = elements.iter().map(message).collect();
            said.map_or_else(|| value.to_string(), |said| said.join("\n"))
        }
        other => other.to_string(),
    }
}

/// A message as `role: content`; `None` if it is none.
fn message(value: &Value) -> Option<String> {
    let fields = value.as_object().filter(|it| it.len() == 2)?;
    Some(format!("{}: {}", fields.get("role")?.as_str()?, fields.get("content")?.as_str()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn outputs_are_texts_for_people() {
        let output = json!({
            "input": {"messages": [{"role": "user", "content": "Hi"}, {"role": "operator", "content": "Yes?"}]},
            "criteria": ["one", "two"], "reason": "so", "score": 3, "none": null, "list": [1, "a"],
        });
        let cells = output_cells(&output);
        let cells: Vec<(&str, &str)> = cells.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(
            cells,
            [
                ("input.messages", "user: Hi\noperator: Yes?"),
                ("criteria", "one\ntwo"),
                ("output.reason", "so"),
                ("score", "3"),
                ("none", ""),
                ("list", "[1,\"a\"]"),
            ]
        );
    }
}
