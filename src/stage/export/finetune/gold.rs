//! Gold answers as examples: those of the newest evaluation, put where each work item finds its own.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::spec::evaluated;
use crate::config::{self, Experiment, FinetuneSource};
use crate::finetune::{Unusable, UnusableReason};
use crate::record::{ColumnType, canonical};
use crate::schema::{AnswerForm, Contract, PARSE_ERRORS};
use crate::stage::export::error::ExportError;
use crate::stage::export::request::ExportRequest;
use crate::stage::gold::{self, GoldAnswers, GoldMatch};
use crate::stage::ingest::{self, Dataset};
use crate::store::sql;

/// Gold answers in the scratch table of a connection, which a reader may make while it says so.
pub(in crate::stage::export) struct GoldAtHand {
    only_reads: bool,
}

impl GoldAtHand {
    /// Loads the gold answers, if examples are made of them.
    pub(in crate::stage::export) fn of(
        connection: &Connection,
        request: &ExportRequest<'_>,
    ) -> Result<Self, ExportError> {
        if request.finetune.settings.from != FinetuneSource::Gold {
            return Ok(Self { only_reads: false });
        }
        let input = ingest::recorded(connection, &json!({"dataset": request.dataset}))?.ok_or(ExportError::NoGold)?;
        let answers = answers(connection, request, &input)?.ok_or(ExportError::NoGold)?;
        let only_reads: bool = connection.pragma_query_value(None, "query_only", |row| row.get(0))?;
        connection.pragma_update(None, "query_only", false)?;
        gold::load(connection, &answers, &input)?;
        Ok(Self { only_reads })
    }

    pub(in crate::stage::export) fn put_away(self, connection: &Connection) -> rusqlite::Result<()> {
        if self.only_reads {
            connection.pragma_update(None, "query_only", true)?;
        }
        Ok(())
    }
}

fn answers(
    connection: &Connection,
    request: &ExportRequest<'_>,
    input: &Dataset,
) -> Result<Option<GoldAnswers>, ExportError> {
    let Some(inputs) = evaluated(connection)? else { return Ok(None) };
    let Some(dataset) = ingest::recorded(connection, &json!({"dataset": inputs["gold"]}))? else { return Ok(None) };
    let Ok(experiment) = serde_json::from_value::<Experiment>(inputs["experiment"].clone()) else { return Ok(None) };
    let Some(config::Gold { path, key, fields }) = experiment.gold else { return Ok(None) };
    let place = |column: &str| dataset.columns.iter().position(|it| it == column);
    let (matching, key) = match (&path, &request.finetune.gold) {
        (None, _) => (GoldMatch::Place, 0),
        (Some(_), Some((matching, column))) => (*matching, place(key.as_ref().unwrap_or(column)).unwrap_or_default()),
        (Some(_), None) => return Ok(None),
    };
    let is_known = |at: usize| at < input.columns.len();
    if matches!(matching, GoldMatch::Key(at) | GoldMatch::Group(at) if !is_known(at)) {
        return Ok(None);
    }
    let fields = fields.iter().filter_map(|(name, column)| Some((name.clone(), place(column)?))).collect();
    Ok(Some(GoldAnswers { dataset, key, matching, fields }))
}

/// The gold answer of the row or group `source` as an output that the contract accepts.
pub(super) fn output(connection: &Connection, source: &str, contract: &Contract) -> Result<Value, GoldFault> {
    let found = sql::GOLD_ANSWER.first(connection, &[(":source", &source)], |row| row.get::<_, Value>("answer"))?;
    let Some(Value::Object(values)) = found else {
        return Err(Unusable::plain(UnusableReason::NoGold).into());
    };
    let mut whole = Map::new();
    for field in contract.fields() {
        if let Some(value) = values.get(&field.name) {
            whole.insert(field.name.clone(), typed(value, &field.type_hint, field.column_type()));
        }
    }
    if let AnswerForm::Sections { .. } = contract.form() {
        whole.insert(PARSE_ERRORS.to_owned(), json!([]));
    }
    let with_nulls = Value::Object(whole.clone());
    whole.retain(|_, value| !value.is_null());
    let without = Value::Object(whole);
    if contract.validate(&without).is_ok() {
        return Ok(without);
    }
    match contract.validate(&with_nulls) {
        Ok(()) => Ok(with_nulls),
        Err(violations) => {
            let said = violations.first().map(|it| format!("{}: {}", it.pointer, it.message));
            Err(Unusable { reason: UnusableReason::GoldIncomplete, detail: said }.into())
        }
    }
}

/// Why there is no gold answer to use: the run file cannot be read, or the work item has none.
pub(super) enum GoldFault {
    Store(rusqlite::Error),
    Unusable(Unusable),
}

impl From<rusqlite::Error> for GoldFault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

impl From<Unusable> for GoldFault {
    fn from(why: Unusable) -> Self {
        Self::Unusable(why)
    }
}

/// The text of a table's cell as a value of the field's type, where it reads as one.
fn typed(value: &Value, hint: &str, kind: ColumnType) -> Value {
    let Value::String(text) = value else { return value.clone() };
    if hint.contains("string") {
        return value.clone();
    }
    if hint.contains("array") || hint.contains("object") {
        return serde_json::from_str(text).unwrap_or_else(|_| value.clone());
    }
    kind.parse(text).map_or_else(|| value.clone(), |cell| cell.to_json(&canonical_text(text)))
}

/// A number of a table without blanks around it.
fn canonical_text(text: &str) -> String {
    canonical::text_of(text.trim().as_bytes().to_vec())
}
