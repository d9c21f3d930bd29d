//! `contract`: the closed schema of the answers is recorded, with the fields that outputs will have.
//!
//! [`contract()`] records it; [`inputs`] is what the manifest lists as read, from which the engine sees whether
//! anything has changed.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::{ManifestContent, StageContext, share_text};
use crate::record::{Digest, ServerKind, canonical};
use crate::schema::{AnswerKind, Contract, Native, NotNative};

/// How the provider is told of a contract.
#[derive(Clone, Copy, Debug)]
pub struct SentForm<'a> {
    /// The schema that the provider enforces, or why there is none; `None` where no model is asked.
    pub native: Option<&'a Result<Native, NotNative>>,
    /// The kind of server, where several speak the provider's dialect.
    pub server: Option<ServerKind>,
}

/// Returns what the manifest lists as read. `native` is the schema that the provider enforces; it is listed unless it
/// is the strict form, which follows from the schema itself.
#[must_use]
pub fn inputs(contract: &Contract, SentForm { native, server }: SentForm<'_>) -> Value {
    let mut inputs = json!({"schema": Digest::of_value(contract.closed()).to_string()});
    if let Some(server) = server {
        inputs["server"] = json!(server.as_str());
    }
    if let Some(answer) = contract.form().kind().key() {
        inputs["answer"] = json!(answer);
        return inputs;
    }
    match (native, contract.native()) {
        (None, _) => inputs["native"] = Value::Null,
        (Some(Ok(native)), Ok(strict)) if native.schema == *strict => {}
        (Some(Err(reason)), Err(strict)) if reason == strict => {}
        (Some(Ok(native)), _) => inputs["native"] = json!(Digest::of_value(&native.schema).to_string()),
        (Some(Err(reason)), _) => inputs["native"] = json!(reason.to_string()),
    }
    inputs
}

/// Records the contract. What is odd about the schema, and what the provider cannot enforce, becomes an anomaly.
pub fn contract(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    contract: &Contract,
    sent: SentForm<'_>,
) -> rusqlite::Result<ManifestContent> {
    let schema_text = share_text(tx, &canonical::to_string(contract.closed()))?;
    let prompt_text = share_text(tx, contract.prompt_text())?;
    for note in contract.notes() {
        ctx.anomaly(tx, "schema_note", None, note)?;
    }
    match sent.native {
        Some(Ok(native)) => {
            for part in &native.ignored {
                let (pointer, what) = part.split_once(": ").unwrap_or(("/", part));
                ctx.anomaly(tx, "schema_not_held", Some(pointer), &format!("the server ignores {what}"))?;
            }
            for part in &native.narrowed {
                let (pointer, what) = part.split_once(": ").unwrap_or(("/", part));
                let detail = format!("under {what} the server writes no quotation marks, backslashes or line breaks");
                ctx.anomaly(tx, "schema_narrowed", Some(pointer), &detail)?;
            }
            for part in &native.left_out {
                let (pointer, what) = part.split_once(": ").unwrap_or(("/", part));
                ctx.anomaly(tx, "schema_loosened", Some(pointer), &format!("the provider is not told of {what}"))?;
            }
        }
        None => {}
        // Providers enforce nothing on plain texts, so this is not odd.
        Some(Err(_)) if contract.form().kind() != AnswerKind::Json => {}
        Some(Err(reason)) => ctx.anomaly(tx, "schema_not_native", Some(&reason.pointer), &reason.reason)?,
    }
    let fields: Vec<Value> =
        contract.fields().iter().map(|field| json!({"name": field.name, "values": field.values})).collect();
    Ok(ManifestContent {
        inputs: inputs(contract, sent),
        outputs: json!({"schema_text": schema_text, "prompt_text": prompt_text, "fields": fields}),
        counts: json!({"fields": contract.fields().len(), "native": sent.native.is_some_and(Result::is_ok)}),
    })
}
