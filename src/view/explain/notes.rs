//! Further reasons, beside the parts that differ, each as a sentence.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::current::CurrentItem;
use super::input;
use super::model::{Basis, Explanation};
use super::past::{Predecessor, PriorAttempt};
use crate::store::sql;

/// The attempts and the configuration that the notes are drawn from.
pub(super) struct Background<'a> {
    /// The attempts at the exact task.
    pub(super) attempts: &'a [PriorAttempt],
    /// The nearest attempt, with its work item if that is another one.
    pub(super) near: Option<&'a (Option<Predecessor>, PriorAttempt)>,
    /// The configuration of the latest plan.
    pub(super) configuration: &'a Value,
}

/// Returns the notes, each a sentence.
pub(super) fn notes(
    connection: &Connection,
    explanation: &Explanation,
    item: &CurrentItem,
    known: &Background<'_>,
) -> rusqlite::Result<Vec<String>> {
    let mut notes = Vec::new();
    if item.cache_id.is_empty() && explanation.basis == Basis::Open {
        for (parent, status) in input::parents(connection, item)?.iter().filter(|(_, status)| status != "accepted") {
            notes.push(format!("it waits for {}, which is {status}", parent.name()));
        }
    }
    notes.extend(of_cache(explanation, known.configuration));
    notes.extend(of_pin(explanation, known.configuration));
    if let Some((None, past)) = known.near {
        notes.extend(opened_again(connection, item, past)?);
    }
    notes.extend(of_nearest(connection, explanation, item, known.near)?);
    notes.extend(of_earlier_tries(explanation, known.attempts));
    notes.extend(of_servers(connection, item.id)?);
    Ok(notes)
}

/// What the servers are taken for that it was asked on.
fn of_servers(connection: &Connection, item: i64) -> rusqlite::Result<Vec<String>> {
    sql::EXPLAIN_SERVERS.all(connection, &[(":item", &item)], |row| {
        let [base_url, kind, evidence]: [String; 3] = [row.get("base_url")?, row.get("kind")?, row.get("evidence")?];
        Ok(format!("the server at {base_url} is taken for `{kind}`: {evidence}"))
    })
}

/// Whether the latest run had to decide it, or the next one has to.
fn is_open(explanation: &Explanation) -> bool {
    matches!(explanation.basis, Basis::Open | Basis::Asked | Basis::Tape)
}

fn of_cache(explanation: &Explanation, configuration: &Value) -> Vec<String> {
    let mut notes = Vec::new();
    let cache = cache_of(configuration);
    if is_open(explanation) && cache["force"] == json!(true) {
        notes.push("`cache.force` asks for everything again".to_owned());
    }
    if is_open(explanation) && cache["enabled"] == json!(false) {
        notes.push("`cache.enabled: false`: accepted outputs on record are not used".to_owned());
    }
    notes
}

/// Says where the step's model is taken from a pin.
fn of_pin(explanation: &Explanation, configuration: &Value) -> Option<String> {
    let config = match &configuration["steps"] {
        Value::Array(steps) => {
            steps.iter().find(|it| it["step"]["name"].as_str() == Some(explanation.step.as_str()))?
        }
        _ => &configuration["config"],
    };
    let (stage, model) = (config["llm"]["pin"].as_str()?, config["llm"]["model"].as_str()?);
    Some(format!("`{model}` is pinned as `{stage}`"))
}

/// Tells if a retry or a forced run opened the work item again after an attempt at the same task.
fn opened_again(connection: &Connection, item: &CurrentItem, past: &PriorAttempt) -> rusqlite::Result<Option<String>> {
    let Some(round) = item.round.filter(|round| past.cache_id == item.cache_id && past.round < *round) else {
        return Ok(None);
    };
    sql::EXPLAIN_ROUND.row(connection, &[(":round", &round)], |row| {
        let [kind, at]: [String; 2] = [row.get("kind")?, row.get("created_at")?];
        let by = match kind.as_str() {
            "retry" => "`retry`",
            "force" => "`cache.force`",
            _ => return Ok(None),
        };
        let run: i64 = row.get("invocation")?;
        Ok(Some(format!("it was asked for again by {by} (run {run}, {at}): earlier samples no longer count")))
    })
}

/// Returns the block `cache` of a configuration, which is the same for all steps.
fn cache_of(configuration: &Value) -> Value {
    let config = match &configuration["steps"] {
        Value::Array(steps) => steps.first().unwrap_or(&Value::Null),
        _ => &configuration["config"],
    };
    config["cache"].clone()
}

fn of_nearest(
    connection: &Connection,
    explanation: &Explanation,
    item: &CurrentItem,
    near: Option<&(Option<Predecessor>, PriorAttempt)>,
) -> rusqlite::Result<Option<String>> {
    let nothing_differs = explanation.differences.is_empty();
    Ok(match near {
        Some((Some(_), _)) => {
            let keeps = if item.is_of_document() {
                "A row of a document keeps its identity as long as its document and the headings above it keep their \
                 names"
            } else {
                "With `input.key`, a row keeps its identity when it is edited"
            };
            Some(format!(
                "nothing earlier is on record for this row; it is compared with the most similar row that is no longer \
                 in the input. {keeps}"
            ))
        }
        Some((None, past)) if nothing_differs && past.cache_id == item.cache_id => set_aside(connection, item, past)?,
        Some((None, _)) if nothing_differs && !item.cache_id.is_empty() => Some(
            "its exact task differs from the recorded one, but the record does not say where: not everything that it \
             was made from then is kept"
                .to_owned(),
        ),
        None if is_open(explanation) && nothing_differs => Some("nothing earlier is on record for it".to_owned()),
        None if is_open(explanation) => {
            Some("nothing earlier is on record for it: what it is made from is new".to_owned())
        }
        _ => None,
    })
}

fn of_earlier_tries(explanation: &Explanation, attempts: &[PriorAttempt]) -> Option<String> {
    let run = explanation.latest_run?;
    let before: Vec<&PriorAttempt> = attempts.iter().filter(|it| it.invocation < run).collect();
    let last = before.last().filter(|_| is_open(explanation))?;
    let tries = if before.len() == 1 { "1 attempt".to_owned() } else { format!("{} attempts", before.len()) };
    Some(format!(
        "{tries} at this exact task in earlier runs did not lead to an accepted output (the last: {}), so it may be \
         tried again",
        last.outcome,
    ))
}

/// Tells if an attempt at the same task no longer counts, and since when.
fn set_aside(connection: &Connection, item: &CurrentItem, past: &PriorAttempt) -> rusqlite::Result<Option<String>> {
    sql::EXPLAIN_SET_ASIDE.first(connection, &[(":round", &past.round), (":own", &item.set_aside)], |row| {
        let [command, at]: [String; 2] = [row.get("command")?, row.get("created_at")?];
        let invocation: i64 = row.get("invocation")?;
        Ok(format!("what the record held for it was set aside by `{command}` (run {invocation}, {at})"))
    })
}
