//! What templates of pages see of a work item.

use minijinja::Value as TemplateValue;
use minijinja::value::Serde;
use serde_json::{Map, Value, json};

use super::page_name;
use crate::view::item::{AttemptRecord, CallRecord, Claimed, ItemHistory, ItemUsage, Relative};
use crate::view::text::{thousands, usd};

/// Everything about a work item. What is not there is none, and never undefined.
pub(super) fn of(item: &ItemHistory) -> TemplateValue {
    let attempts: Vec<Value> = (1..).zip(&item.attempts).map(|(place, it)| attempt(place, it)).collect();
    let input: Vec<Value> = item
        .row
        .iter()
        .flat_map(|row| &row.fields)
        .map(|(name, value)| json!({"name": name, "value": plain(value)}))
        .collect();
    TemplateValue::from(Serde(json!({
        "item": facts(item),
        "input": input,
        "group_context": item.group.as_ref().and_then(|it| it.context.as_ref()),
        "parents": item.parents.iter().map(relative).collect::<Vec<_>>(),
        "children": item.children.iter().map(relative).collect::<Vec<_>>(),
        "relatives_cut": item.relatives_cut,
        "attempts": attempts,
        "output": item.output,
        "output_text": item.output.as_ref().map(pretty),
        "evidence": item.evidence.iter().map(claimed).collect::<Vec<_>>(),
        "evidence_cut": item.evidence_cut,
        "errors": errors(item),
        "calls": item.calls.iter().map(call).collect::<Vec<_>>(),
        "used": used(item),
        "index": format!("../{}", super::INDEX),
        "version": env!("CARGO_PKG_VERSION"),
    })))
}

fn facts(item: &ItemHistory) -> Value {
    let (row, group) = (item.row.as_ref(), item.group.as_ref());
    json!({
        "work_id": item.work_id,
        "short_id": item.work_id.get(..12).unwrap_or(&item.work_id),
        "step": item.step,
        "source": item.source,
        "planned": item.planned,
        "status": item.status,
        "reason": item.reason,
        "sample": item.sample,
        "task_id": item.task_id,
        "cache_id": item.cache_id,
        "row_id": row.map(|it| &it.row_id),
        "row_index": row.map(|it| it.row_index),
        "row": row.map(|it| it.row_index + 1),
        "line": row.map(|it| it.line),
        "dataset": row.and_then(|it| it.dataset.as_ref()),
        "document": row.and_then(|it| it.document.as_ref()),
        "group_key": group.map(|it| &it.group_key),
        "group_rows": group.map(|it| it.rows),
        "included_rows": group.map(|it| it.included_rows),
        "element": item.item.as_ref().map(plain),
    })
}

fn attempt(place: usize, it: &AttemptRecord) -> Value {
    let reasons: Vec<String> = match &it.reasons {
        Some(Value::Array(list)) => list.iter().map(plain).collect(),
        Some(other) => vec![plain(other)],
        None => Vec::new(),
    };
    let mut value = json!(it);
    if let Value::Object(fields) = &mut value {
        fill(fields, &["candidate", "decided_by", "output"]);
        fields.entry("opinions").or_insert_with(|| json!([]));
        fields.insert("claims".to_owned(), it.claims.iter().map(claimed).collect());
        fields.insert("reasons".to_owned(), json!(reasons));
        fields.insert("place".to_owned(), json!(place));
        fields.insert("is_accepted".to_owned(), json!(it.outcome.ends_with("accepted")));
        fields.insert("output_text".to_owned(), json!(it.output.as_ref().map(pretty)));
    }
    value
}

/// A claim with all its parts.
fn claimed(it: &Claimed) -> Value {
    let mut value = json!(it);
    value["lines_cut"] = json!(it.lines_cut);
    value["is_found"] = json!(it.is_found());
    value["place"] = json!(it.place());
    value["lines"] = it
        .lines
        .iter()
        .map(|it| json!({"line": it.line, "page": it.page, "text": it.text, "cited": it.cited}))
        .collect();
    value
}

/// Adds what is left out where there is none of it.
fn fill(fields: &mut Map<String, Value>, names: &[&str]) {
    for name in names {
        fields.entry(*name).or_insert(Value::Null);
    }
}

fn relative(it: &Relative) -> Value {
    json!({
        "work_id": it.work_id, "step": it.step, "status": it.status, "page": page_name(&it.work_id),
        "output_text": it.output.as_ref().map(pretty),
    })
}

fn call(it: &CallRecord) -> Value {
    let mut value = json!(it);
    value["cost"] = json!(it.cost_usd.map_or_else(|| "unknown".to_owned(), usd));
    value
}

/// What went wrong: attempts that were not accepted, and calls that failed.
fn errors(item: &ItemHistory) -> Vec<Value> {
    let attempts = (1..).zip(&item.attempts).filter(|(_, it)| !it.outcome.ends_with("accepted")).map(|(place, it)| {
        json!({"of": "attempt", "attempt": place, "kind": it.outcome, "message": it.detail, "at": it.decided_at})
    });
    let calls = item.calls.iter().filter(|it| it.outcome == "failed").map(
        |it| json!({"of": "call", "attempt": null, "kind": it.error_kind, "message": it.error, "at": it.started_at}),
    );
    attempts.chain(calls).collect()
}

fn used(item: &ItemHistory) -> Value {
    let used = ItemUsage::of(item.calls.iter());
    let count = |tokens: Option<i64>| tokens.map(|it| thousands(it.unsigned_abs()));
    let mut tokens = match (count(used.input_tokens), count(used.output_tokens)) {
        (None, None) => "tokens not reported".to_owned(),
        (input, output) => {
            let known = |it: Option<String>| it.unwrap_or_else(|| "unknown".to_owned());
            format!("{} tokens in, {} out", known(input), known(output))
        }
    };
    if used.uncounted_calls > 0 && used.uncounted_calls < used.calls {
        tokens = format!("{tokens} (without {} calls that reported none)", used.uncounted_calls);
    }
    let mut value = json!(used);
    value["tokens"] = json!(tokens);
    value["cost"] = json!(used.cost_usd.map_or_else(|| "unknown".to_owned(), usd));
    value
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
