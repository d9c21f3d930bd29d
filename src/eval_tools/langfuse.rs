//! Langfuse: the items of a data set. It has no field for criteria, so they are metadata.

use serde_json::{Value, json};

use super::findings::EvalFindings;
use super::item::{EvalInput, EvalItem};
use super::metadata::{as_texts, beside};
use crate::record::Digest;

/// The most characters of an id.
const ID_CHARS: usize = 255;

/// Returns an item of `dataset` as Langfuse's API takes it, without the name of the data set: `id`, `input`,
/// `expectedOutput` and `metadata`. Its input is a text, or `{"messages": …}` with the messages' own roles. A missing
/// answer is null, since a server keeps an older one where the key is missing.
#[must_use]
pub fn langfuse_item(item: &EvalItem, dataset: &str, findings: &mut EvalFindings) -> Value {
    let input = match &item.input {
        EvalInput::Text(text) => json!(text),
        EvalInput::Messages(_) => json!({"messages": item.chat()}),
    };
    let own = [("id", json!(item.id)), ("criteria", json!(item.criteria))];
    let mut metadata = Value::Object(beside(item, own));
    findings.integers += as_texts(&mut metadata);
    json!({
        "id": langfuse_id(dataset, &item.id), "input": input, "expectedOutput": item.expected, "metadata": metadata,
    })
}

/// `DATASET:ID`, since an id is unique in the whole project. Characters that mean something in an address become `_`;
/// an id that is changed or cut for it ends with a digest, so that no two are ever the same.
fn langfuse_id(dataset: &str, id: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-' | ':' | '~');
    let plain = |text: &str| text.chars().map(|it| if is_plain(it) { it } else { '_' }).collect::<String>();
    let whole = format!("{dataset}:{id}");
    let mut held = plain(&whole);
    if held != whole || dataset.contains(':') || held.len() > ID_CHARS {
        let digest = Digest::of_value(&json!([dataset, id])).to_string();
        let digest = digest.get(..16).unwrap_or(&digest);
        held.truncate(ID_CHARS - digest.len() - 1);
        held = format!("{held}:{digest}");
    }
    held
}
