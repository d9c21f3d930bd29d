//! Reads the pace of requests, and why it changed.

use rusqlite::{Connection, Row};

use super::model::{PaceHistory, PaceReasons};
use super::number::{Count, Millis};
use crate::store::sql;

/// Reads the pace of the latest invocation that has one, by model.
pub(super) fn pace(connection: &Connection) -> rusqlite::Result<Vec<PaceHistory>> {
    let mut all: Vec<PaceHistory> = Vec::new();
    sql::VIEW_REPORT_PACE.each::<rusqlite::Error>(connection, &[], |row| {
        let model: String = row.get("model")?;
        let (at, concurrency): (i64, i64) = (row.get("at_ms")?, row.get("concurrency")?);
        let end = row.get::<_, Option<i64>>("end_ms")?.unwrap_or_default().max(at);
        if all.last().is_none_or(|last| last.model != model) {
            all.push(PaceHistory { model, steps: Vec::new(), length: Millis(None), reasons: Vec::new() });
        }
        let Some(pace) = all.last_mut() else { return Ok(()) };
        pace.steps.push((at, concurrency));
        pace.length = Millis(Some(end));
        let reason: String = row.get("reason")?;
        let words = change_details(row)?;
        match pace.reasons.iter_mut().find(|it| it.reason == reason) {
            Some(known) => {
                known.changes.0 += 1;
                let (least, most) = known.concurrency;
                known.concurrency = (least.min(Count(concurrency)), most.max(Count(concurrency)));
                known.last = words;
            }
            None => pace.reasons.push(PaceReasons {
                reason,
                changes: Count(1),
                concurrency: (Count(concurrency), Count(concurrency)),
                last: words,
            }),
        }
        Ok(())
    })?;
    Ok(all)
}

/// Returns the details of a change, with its rate limits.
fn change_details(row: &Row<'_>) -> rusqlite::Result<String> {
    let limit = |column: &str, what: &str| -> rusqlite::Result<Option<String>> {
        let count: Option<f64> = row.get(column)?;
        #[expect(clippy::cast_possible_truncation, reason = "a rate for people")]
        Ok(count.map(|it| format!("{} {what} a minute", Count(it.round() as i64))))
    };
    let parts = [
        row.get::<_, Option<String>>("detail")?,
        limit("requests_per_minute", "requests")?,
        limit("tokens_per_minute", "tokens")?,
    ];
    Ok(parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
}
