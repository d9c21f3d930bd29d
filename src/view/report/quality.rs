//! Reads the quality of the data: empty cells and equal rows of the input, and what was wrong with answers.

use rusqlite::Connection;

use super::columns::FinishedWork;
use super::model::{Attempts, Calls, DatasetFacts, EmptyColumn, EqualRows, QualityCheck};
use super::number::{Count, Share};
use crate::record::AttemptOutcome;
use crate::store::sql;

/// Rows of a larger data set are not compared with each other, except by their ids.
const MOST_ROWS: i64 = 200_000;

pub(super) fn empty_columns(ingested: &FinishedWork, dataset: Option<&DatasetFacts>) -> Vec<EmptyColumn> {
    let Some(dataset) = dataset else { return Vec::new() };
    let counts = &ingested.counts["empty_cells"];
    let columns = dataset.columns.iter().filter_map(|column| {
        let empty = counts.get(column)?.as_i64().filter(|count| *count > 0)?;
        Some(EmptyColumn { column: column.clone(), share: Share::new(empty, dataset.rows.0) })
    });
    columns.collect()
}

/// How many rows equal an earlier one. Where a key tells all rows apart, the other columns are compared.
pub(super) fn equal_rows(
    connection: &Connection,
    ingested: &FinishedWork,
    dataset: Option<&DatasetFacts>,
) -> rusqlite::Result<Option<EqualRows>> {
    let Some(dataset) = dataset else { return Ok(None) };
    let key = dataset.key_column.as_ref().and_then(|key| dataset.columns.iter().position(|it| it == key));
    let Some(key) = key else {
        let counted = ingested.counts["equal_rows"].as_i64();
        return Ok(counted.map(|rows| EqualRows { rows: Count(rows), key_column: None }));
    };
    if dataset.rows.0 > MOST_ROWS || dataset.columns.len() < 2 {
        return Ok(None);
    }
    let key = i64::try_from(key).unwrap_or(i64::MAX);
    let rows = sql::VIEW_REPORT_EQUAL_ROWS
        .row(connection, &[(":dataset", &dataset.id), (":key", &key)], |row| row.get("equal_rows").map(Count))?;
    Ok(Some(EqualRows { rows, key_column: dataset.key_column.clone() }))
}

/// What is looked for in answers, each with the outcomes of attempts that show it.
const CHECKS: &[(&str, &[AttemptOutcome])] = &[
    (
        "Answers that could not be read as one JSON object",
        &[AttemptOutcome::Empty, AttemptOutcome::NoJson, AttemptOutcome::ManyJson, AttemptOutcome::InvalidJson],
    ),
    ("Answers that are not valid against the schema", &[AttemptOutcome::InvalidSchema]),
    ("Answers that failed a check", &[AttemptOutcome::CheckFailed]),
    ("Answers whose evidence does not hold", &[AttemptOutcome::EvidenceFailed]),
    ("Invalid verdicts of a judge", &[AttemptOutcome::JudgeInvalid]),
    ("Answers that were cut off", &[AttemptOutcome::Truncated]),
    ("Refusals and filtered answers", &[AttemptOutcome::Refused, AttemptOutcome::ContentFilter]),
    ("Inputs that found no one recorded answer", &[AttemptOutcome::NoRecord, AttemptOutcome::ManyRecords]),
    (
        "Prompts that could not be made",
        &[AttemptOutcome::RenderError, AttemptOutcome::ImageError, AttemptOutcome::RequestError],
    ),
    (
        "Requests given up after errors",
        &[
            AttemptOutcome::Timeout,
            AttemptOutcome::Connection,
            AttemptOutcome::RateLimited,
            AttemptOutcome::ServerError,
            AttemptOutcome::BadRequest,
            AttemptOutcome::InvalidResponse,
            AttemptOutcome::ModelError,
        ],
    ),
];

/// Counts what was wrong with the current attempts, with accepted outputs and with all calls.
pub(super) fn checks(
    connection: &Connection,
    attempts: &Attempts,
    calls: &Calls,
) -> rusqlite::Result<Vec<QualityCheck>> {
    let of_attempts = CHECKS.iter().map(|(name, outcomes)| {
        let is_one = |label: &str| outcomes.iter().any(|it| it.as_str() == label);
        let found = attempts.outcomes.iter().filter(|it| is_one(&it.label)).map(|it| it.share.part).sum();
        QualityCheck { name, of: "attempt", found }
    });
    let of_calls = [("Failed calls", calls.total.failed), ("Lost calls, which may have been billed", calls.total.lost)];
    let of_calls = of_calls.into_iter().map(|(name, found)| QualityCheck { name, of: "call", found });
    let unread = sql::VIEW_REPORT_PARSE_ERRORS.row(connection, &[], |row| row.get("found").map(Count))?;
    let of_outputs = QualityCheck { name: "Accepted outputs with parse errors", of: "output", found: unread };
    Ok(of_attempts.chain([of_outputs]).chain(of_calls).collect())
}
