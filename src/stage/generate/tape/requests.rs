//! Requests, and the calls that send them.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::provider::RequestSpec;
use crate::record::{SpecId, canonical};
use crate::stage::generate::question::Question;
use crate::stage::generate::task::Purpose;
use crate::store::sql;

/// Records what requests share, once; returns its rowid.
pub fn spec(tx: &Connection, spec: &RequestSpec, id: SpecId) -> rusqlite::Result<i64> {
    let provider = spec.endpoint["provider"].as_str().unwrap_or_default();
    let body = spec.to_value().to_string();
    sql::GENERATE_INSERT_SPEC
        .execute(tx, &[(":spec_id", &id), (":provider", &provider), (":model", &spec.model), (":body", &body)])?;
    sql::GENERATE_SPEC_ROWID.row(tx, &[(":spec_id", &id)], |row| row.get("id"))
}

/// Returns the rowid of a question's spec, which is recorded if it is not yet.
pub fn spec_of(tx: &Connection, question: &Question) -> rusqlite::Result<i64> {
    let own = &question.request.spec;
    question.spec_row.map_or_else(|| spec(tx, own, own.id()), Ok)
}

/// Records a request once; returns its rowid and whether it is new.
pub fn request(tx: &Connection, question: &Question) -> rusqlite::Result<(i64, bool)> {
    let matched = question.request.matched.as_ref().map(|pairs| {
        let object = pairs.iter().map(|(column, value)| (column.clone(), json!(value))).collect();
        canonical::to_string(&Value::Object(object))
    });
    let new = sql::GENERATE_INSERT_REQUEST.execute(
        tx,
        &[
            (":request_id", &question.id),
            (":spec", &spec_of(tx, question)?),
            (":sample", &question.request.sample),
            (":matched", &matched),
            (":item", &question.request.item),
            (":messages", &question.messages),
        ],
    )?;
    if new > 0 {
        return Ok((tx.last_insert_rowid(), true));
    }
    let id = sql::GENERATE_REQUEST_ROWID.row(tx, &[(":request_id", &question.id)], |row| row.get("id"))?;
    Ok((id, false))
}

/// Records that a request is about to be sent for a work item, and the most that it can cost in 10⁻¹² dollars; returns
/// the rowid of the call.
pub fn sending(
    tx: &Connection,
    request: i64,
    work_item: i64,
    invocation: i64,
    purpose: Purpose,
    reserved_pico_usd: Option<i64>,
    now: &str,
) -> rusqlite::Result<i64> {
    sql::GENERATE_INSERT_CALL.insert(
        tx,
        &[
            (":request", &request),
            (":work_item", &work_item),
            (":invocation", &invocation),
            (":is_judge", &(purpose == Purpose::Judge)),
            (":now", &now),
            (":reserved_pico_usd", &reserved_pico_usd),
        ],
    )
}
