//! Giskard Hub: the file that its client uploads as a data set.
//!
//! A scenario has no place for an id or for metadata beside its demonstration output, so that the id, `case` and
//! `format` are tags too.

use serde_json::{Value, json};

use super::findings::EvalFindings;
use super::giskard::tags;
use super::item::EvalItem;

/// A scenario with one interaction. Its output shows what is expected.
pub(super) fn scenario(item: &EvalItem, findings: &mut EvalFindings) -> Value {
    let reference = item.expected.iter().map(|it| ("hub_correctness", json!({"reference": it})));
    let rules = item.criteria.iter().map(|it| ("hub_conformity", json!({"rule": it})));
    let checks: Vec<Value> = std::iter::zip(0.., reference.chain(rules))
        .map(|(position, (identifier, specification))| {
            json!({
                "identifier": identifier, "override_spec": specification, "position": position, "enabled": true,
            })
        })
        .collect();
    let mut interaction = json!({"position": 0, "input": {"messages": item.chat()}});
    if let Some(expected) = &item.expected {
        interaction["output"] =
            json!({"response": {"role": "assistant", "content": expected}, "metadata": item.metadata});
    } else if !item.metadata.is_empty() {
        findings.left_out += 1;
    }
    interaction["checks"] = json!(checks);
    let mut all = vec![format!("id:{}", item.id)];
    all.extend(tags(item));
    json!({"interactions": [interaction], "tags": all})
}
