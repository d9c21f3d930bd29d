//! `contract`: the closed schema goes on record, once, with the fields that the outputs will have.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::{StageContext, Summary, share_text};
use crate::record::{Digest, canonical};
use crate::schema::Contract;

/// What the manifest says was read.
#[must_use]
pub fn inputs(contract: &Contract) -> Value {
    json!({"schema": Digest::of_value(contract.closed()).to_string()})
}

/// Records the contract and what was odd in the schema it was made of.
pub fn contract(tx: &Transaction<'_>, ctx: &StageContext<'_>, contract: &Contract) -> rusqlite::Result<Summary> {
    let schema_text = share_text(tx, &canonical::to_string(contract.closed()))?;
    let prompt_text = share_text(tx, contract.prompt_text())?;
    for note in contract.notes() {
        ctx.anomaly(tx, "schema_note", None, note)?;
    }
    if let Err(reason) = contract.native() {
        ctx.anomaly(tx, "schema_not_native", Some(&reason.pointer), &reason.reason)?;
    }
    let fields: Vec<Value> =
        contract.fields().iter().map(|field| json!({"name": field.name, "values": field.values})).collect();
    Ok(Summary {
        inputs: inputs(contract),
        outputs: json!({"schema_text": schema_text, "prompt_text": prompt_text, "fields": fields}),
        counts: json!({"fields": contract.fields().len(), "native": contract.native().is_ok()}),
    })
}
