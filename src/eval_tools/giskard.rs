//! Giskard 3: scenarios, one on each line.
//!
//! Keys of a scenario that it does not know are dropped without a word, those of a step or a check refused. So the
//! expected answer and all metadata stand in `annotations`. Criteria are `conformity` checks, whose rule is plain text.

use serde_json::{Map, Value, json};

use super::item::EvalItem;
use super::metadata::beside;

/// A scenario: its last interaction has no `outputs`, so that the target is asked.
pub(super) fn scenario(item: &EvalItem) -> Value {
    let checks: Vec<Value> = std::iter::zip(1.., &item.criteria)
        .map(|(number, rule)| json!({"kind": "conformity", "name": format!("criterion {number}"), "rule": rule}))
        .collect();
    let expected = [("expected_output", json!(item.expected))];
    let mut scenario = Map::new();
    scenario.insert("name".to_owned(), json!(item.id));
    scenario.insert("tags".to_owned(), json!(tags(item)));
    scenario.insert("annotations".to_owned(), Value::Object(beside(item, expected)));
    scenario.insert("steps".to_owned(), json!([{"interacts": interacts(item), "checks": checks}]));
    Value::Object(scenario)
}

/// A dialog in which user and assistant take turns and the user has the last word is played as it went. Any other one
/// is a single interaction whose input is the list of messages, with their own roles.
fn interacts(item: &EvalItem) -> Vec<Value> {
    let turns = item.turns();
    let is_in_turns = turns.len() % 2 == 1
        && turns.iter().zip(["user", "assistant"].iter().cycle()).all(|((role, _), expected)| role == expected);
    if !is_in_turns {
        return vec![json!({"kind": "interact", "inputs": item.chat()})];
    }
    let played = turns.chunks(2).map(|pair| match pair {
        [(_, said), (_, answered)] => json!({"kind": "interact", "inputs": said, "outputs": answered}),
        rest => json!({"kind": "interact", "inputs": rest.first().map(|(_, said)| said)}),
    });
    played.collect()
}

/// `case` and `format` of the metadata, by which suites are grouped.
pub(super) fn tags(item: &EvalItem) -> Vec<String> {
    let tag = |name: &&str| item.metadata.get(*name).and_then(Value::as_str).map(|value| format!("{name}:{value}"));
    ["case", "format"].iter().filter_map(tag).collect()
}
