//! `DeepEval`: single-turn goldens and conversational ones, which it loads from two files.
//!
//! It drops keys that it does not know without a word, so the id stands in `name` and all else in
//! `additional_metadata`. A conversation needs a `scenario`; its turns are the user's or the assistant's.

use serde_json::{Map, Value, json};

use super::findings::EvalFindings;
use super::item::EvalItem;
use super::metadata::beside;
use super::role::{ChatRole, note_single};

/// A single-turn golden; `None` for a dialog.
pub(super) fn golden(item: &EvalItem, findings: &mut EvalFindings) -> Option<Value> {
    let (_, content) = item.single()?;
    let is_renamed = note_single(item, "input", findings);
    let mut golden = Map::new();
    golden.insert("name".to_owned(), json!(item.id));
    golden.insert("input".to_owned(), json!(content));
    golden.insert("expected_output".to_owned(), json!(item.expected));
    add_shared(&mut golden, item, is_renamed, findings);
    Some(Value::Object(golden))
}

/// A conversational golden; `None` for a single turn.
pub(super) fn conversation(item: &EvalItem, findings: &mut EvalFindings) -> Option<Value> {
    if item.single().is_some() {
        return None;
    }
    let mut is_renamed = false;
    let (mut turns, mut context) = (Vec::new(), Vec::new());
    for (role, content) in item.turns() {
        let held = match ChatRole::of(role) {
            ChatRole::System => None,
            ChatRole::User => Some("user"),
            ChatRole::Assistant | ChatRole::Tool => Some("assistant"),
        };
        match held {
            Some(held) => turns.push(json!({"role": held, "content": content})),
            None => context.push(content),
        }
        if held != Some(role) {
            findings.renamed(role, held.unwrap_or("context"));
            is_renamed = true;
        }
    }
    let mut golden = Map::new();
    golden.insert("name".to_owned(), json!(item.id));
    golden.insert("scenario".to_owned(), json!(scenario(item)));
    golden.insert("turns".to_owned(), json!(turns));
    golden.insert("expected_outcome".to_owned(), json!(item.expected));
    if !context.is_empty() {
        golden.insert("context".to_owned(), json!(context));
    }
    add_shared(&mut golden, item, is_renamed, findings);
    Some(Value::Object(golden))
}

/// What a conversation is about: the metadata's `scenario`, or else the first words of the user, or of anybody.
fn scenario(item: &EvalItem) -> &str {
    let turns = item.turns();
    let of_user = turns.iter().filter(|(role, _)| ChatRole::of(role) == ChatRole::User);
    let written = item.metadata.get("scenario").and_then(Value::as_str);
    let mut all = written.into_iter().chain(of_user.chain(&turns).map(|(_, content)| *content));
    all.find(|text| !is_blank(text)).unwrap_or(&item.id)
}

fn add_shared(golden: &mut Map<String, Value>, item: &EvalItem, is_renamed: bool, findings: &mut EvalFindings) {
    let trimmed: Vec<&str> = item.criteria.iter().map(|it| trim(it)).collect();
    let must: Vec<&str> = trimmed.iter().copied().filter(|it| !it.is_empty()).collect();
    if !must.is_empty() {
        golden.insert("expectations".to_owned(), json!({"must": must}));
    }
    let changed =
        std::iter::zip(&item.criteria, &trimmed).filter(|(written, kept)| kept.is_empty() || written != *kept);
    let changed = changed.count() as u64;
    findings.criteria += changed;
    let roles = is_renamed.then(|| ("roles", item.roles()));
    let criteria = (changed > 0).then(|| ("criteria", json!(item.criteria)));
    golden.insert("additional_metadata".to_owned(), Value::Object(beside(item, roles.into_iter().chain(criteria))));
}

/// Trims what Python calls white space, which has four control characters more.
fn trim(text: &str) -> &str {
    text.trim_matches(|it: char| it.is_whitespace() || matches!(it, '\u{1c}'..='\u{1f}'))
}

fn is_blank(text: &str) -> bool {
    trim(text).is_empty()
}
