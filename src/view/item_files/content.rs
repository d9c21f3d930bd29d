//! What the files of one work item say.

use serde_json::{Map, Value, json};

use crate::view::item::{AttemptRecord, CallRecord, ItemHistory, ItemUsage, SentMessage};

/// A file of a work item.
#[derive(Debug)]
pub struct ItemFile {
    pub name: String,
    pub text: String,
}

/// What the files of an attempt are called after its number.
const PARTS: [&str; 6] =
    ["prompt.txt", "response.txt", "output.json", "judge-prompt.txt", "judge-response.txt", "verdict.json"];

/// Returns whether a file of a work item may have this name.
#[must_use]
pub fn is_of_item(name: &str) -> bool {
    let part = name.strip_prefix("attempt-").and_then(|rest| rest.split_once('-'));
    matches!(name, "input.json" | "item.json" | "output.json" | "errors.json")
        || part.is_some_and(|(number, part)| {
            number.len() >= 3 && number.bytes().all(|it| it.is_ascii_digit()) && PARTS.contains(&part)
        })
}

/// The files of a work item, in the order of their names.
pub(super) fn files(item: &ItemHistory) -> rusqlite::Result<Vec<ItemFile>> {
    let mut files = Files(Vec::new());
    files.json("input.json", &input(item))?;
    for (number, attempt) in (1..).zip(&item.attempts) {
        files.attempt(number, attempt)?;
    }
    let errors = errors(item);
    if !errors.is_empty() {
        files.json("errors.json", &Value::Array(errors))?;
    }
    files.json("item.json", &facts(item))?;
    if let Some(output) = &item.output {
        files.json("output.json", output)?;
    }
    files.0.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files.0)
}

struct Files(Vec<ItemFile>);

impl Files {
    fn text(&mut self, name: &str, text: String) {
        self.0.push(ItemFile { name: name.to_owned(), text });
    }

    fn json(&mut self, name: &str, value: &Value) -> rusqlite::Result<()> {
        let failed = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
        let text = serde_json::to_string_pretty(value).map_err(failed)?;
        self.text(name, format!("{text}\n"));
        Ok(())
    }

    fn attempt(&mut self, number: usize, attempt: &AttemptRecord) -> rusqlite::Result<()> {
        let [prompt, response, output, judge_prompt, judge_response, verdict] =
            PARTS.map(|part| format!("attempt-{number:03}-{part}"));
        for (name, messages) in [(prompt, &attempt.prompt), (judge_prompt, &attempt.judge_prompt)] {
            if !messages.is_empty() {
                self.text(&name, conversation(messages));
            }
        }
        for (name, text) in [(response, &attempt.answer), (judge_response, &attempt.judge_answer)] {
            if let Some(text) = text {
                self.text(&name, text.clone());
            }
        }
        if let Some(value) = &attempt.output {
            self.json(&output, value)?;
        }
        if let Some(word) = &attempt.verdict {
            let mut said = json!({"verdict": word, "score": attempt.score, "reasons": attempt.reasons});
            if !attempt.opinions.is_empty() {
                said["judges"] = json!(attempt.opinions);
            }
            self.json(&verdict, &said)?;
        }
        Ok(())
    }
}

/// The messages of a request one after the other, each under its role.
fn conversation(messages: &[SentMessage]) -> String {
    let said: Vec<String> = messages.iter().map(|it| format!("[{}]\n{}\n", it.role, it.content)).collect();
    said.join("\n")
}

/// What a work item is made from: the columns of its row, or else its group, element and parents.
fn input(item: &ItemHistory) -> Value {
    let columns = item.row.as_ref().map(|row| row.fields.iter().cloned().collect::<Map<String, Value>>());
    let is_row_alone = item.group.is_none() && item.item.is_none() && item.parents.is_empty();
    if let (Some(columns), true) = (&columns, is_row_alone) {
        return Value::Object(columns.clone());
    }
    let mut input = Map::new();
    if let Some(columns) = columns {
        input.insert("row".to_owned(), Value::Object(columns));
    }
    if let Some(group) = &item.group {
        let said = json!({"group_key": group.group_key, "rows": group.rows, "context": group.context});
        input.insert("group".to_owned(), said);
    }
    if let Some(element) = &item.item {
        input.insert("item".to_owned(), element.clone());
    }
    if !item.parents.is_empty() {
        let parents =
            item.parents.iter().map(|it| json!({"step": it.step, "work_id": it.work_id, "output": it.output}));
        input.insert("made_from".to_owned(), parents.collect());
    }
    Value::Object(input)
}

/// What went wrong: attempts that were not accepted, and calls that failed.
fn errors(item: &ItemHistory) -> Vec<Value> {
    let attempts = (1..).zip(&item.attempts).filter(|(_, it)| !it.outcome.ends_with("accepted")).map(|(number, it)| {
        json!({
            "of": "attempt", "attempt": number, "kind": it.outcome, "message": it.detail, "reasons": it.reasons,
            "current": it.current, "at": it.decided_at,
        })
    });
    let calls = item.calls.iter().filter(|call| call.outcome == "failed").map(|call| {
        json!({
            "of": "call", "kind": call.error_kind, "message": call.error, "http_status": call.http_status,
            "at": call.started_at,
        })
    });
    attempts.chain(calls).collect()
}

/// Where a work item stands, and what was done for it. Calls without a response are left out.
fn facts(item: &ItemHistory) -> Value {
    let attempts: Vec<Value> = (1..)
        .zip(&item.attempts)
        .map(|(file, it): (usize, _)| {
            json!({
                "file": format!("attempt-{file:03}"), "number": it.number, "sample": it.sample,
                "candidate": it.candidate, "current": it.current, "outcome": it.outcome, "model": it.model,
                "request_id": it.request_id, "decided_by": it.decided_by, "decided_at": it.decided_at,
            })
        })
        .collect();
    let calls: Vec<&CallRecord> = item.calls.iter().filter(|it| is_answered(it)).collect();
    json!({
        "work_id": item.work_id, "step": item.step, "source": item.source, "status": item.status,
        "reason": item.reason, "sample": item.sample, "task_id": item.task_id, "cache_id": item.cache_id,
        "row_id": item.row.as_ref().map(|it| &it.row_id), "row_index": item.row.as_ref().map(|it| it.row_index),
        "group_key": item.group.as_ref().map(|it| &it.group_key), "attempts": attempts, "used": ItemUsage::of(calls.iter().copied()),
        "calls": calls,
    })
}

fn is_answered(call: &CallRecord) -> bool {
    call.outcome == "answered" || call.outcome == "failed"
}
