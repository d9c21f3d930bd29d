//! A run of a canary as people and programs read it: [`CanaryReport`].

use std::collections::BTreeMap;

use rusqlite::types::Type;
use rusqlite::{Connection, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::text;
use crate::experiment::{Better, FigureChange};
use crate::store::sql;
use crate::view::rows::Cell;

/// What a run of a canary found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CanaryReport {
    /// Its number, from 1.
    pub canary: u32,
    pub stage: String,
    pub variant: String,
    /// `first`, `steady` or `drift`.
    pub verdict: String,
    /// What drifted, a sentence each.
    pub drifted: Vec<String>,
    /// What has changed and is no drift, such as a system fingerprint: a sentence each.
    pub noted: Vec<String>,
    pub items: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub failed: u64,
    pub refusals: u64,
    /// What it is compared with: `promotion`, or `canary` and a number; `None` for the first.
    pub reference: Option<String>,
    pub compared: u64,
    pub equal: u64,
    pub equal_share: Option<f64>,
    /// The number of the run before it.
    pub last_canary: Option<u32>,
    pub equal_last_share: Option<f64>,
    pub metrics: Vec<FigureChange>,
    pub median_ms: Option<i64>,
    pub p95_ms: Option<i64>,
    pub cost_usd: Option<f64>,
    pub models: BTreeMap<String, u64>,
    pub fingerprints: BTreeMap<String, u64>,
    /// So many rows or groups of the canary set were asked about; `None`: all.
    pub first_rows: Option<u64>,
    pub started_at: String,
    pub ended_at: String,
}

/// The columns of the figures of a canary.
pub const COLUMNS: [&str; 11] =
    ["metric", "value", "before", "difference", "low", "high", "n", "p", "adjusted_p", "verdict", "test"];

/// The run with this number; `None` if there is none that came to its end.
pub fn gather(connection: &Connection, number: u32) -> rusqlite::Result<Option<CanaryReport>> {
    sql::VIEW_CANARY.first(connection, &[(":number", &number)], |row| {
        let count = |name| row.get::<_, i64>(name).map(i64::unsigned_abs);
        Ok(CanaryReport {
            canary: row.get("canary")?,
            stage: row.get("stage")?,
            variant: row.get("variant")?,
            verdict: row.get("verdict")?,
            drifted: json(row, "drifted")?,
            noted: json(row, "noted")?,
            items: count("items")?,
            accepted: count("accepted")?,
            rejected: count("rejected")?,
            failed: count("failed")?,
            refusals: count("refusals")?,
            reference: row.get("reference")?,
            compared: count("compared")?,
            equal: count("equal")?,
            equal_share: row.get("equal_share")?,
            last_canary: row.get("last_canary")?,
            equal_last_share: row.get("equal_last_share")?,
            metrics: json(row, "metrics")?,
            median_ms: row.get("median_ms")?,
            p95_ms: row.get("p95_ms")?,
            cost_usd: row.get("cost_usd")?,
            models: json(row, "models")?,
            fingerprints: json(row, "fingerprints")?,
            first_rows: row.get::<_, Option<i64>>("first_rows")?.map(i64::unsigned_abs),
            started_at: row.get("started_at")?,
            ended_at: row.get("ended_at")?,
        })
    })
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into()))
}

impl CanaryReport {
    /// The run in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let mut parts = vec![format!("canary {} of {} ({}): {}", self.canary, self.stage, self.variant, self.verdict)];
        if let Some(reference) = &self.reference {
            let Self { equal, compared, .. } = self;
            let of = if reference == "promotion" { "the promotion's record" } else { reference.as_str() };
            parts.push(format!("{equal} of {compared} answers equal to those of {of}"));
        }
        if self.failed + self.rejected > 0 {
            parts.push(format!("{} of {} without an accepted answer", self.failed + self.rejected, self.items));
        }
        if self.refusals > 0 {
            parts.push(text::counted(self.refusals, "refusal"));
        }
        if let (Some(median), Some(most)) = (self.median_ms, self.p95_ms) {
            parts.push(format!("{median} ms median, {most} ms at 95 %"));
        }
        if let Some(cost) = self.cost_usd {
            parts.push(text::usd(cost));
        }
        parts.extend(self.drifted.iter().cloned());
        parts.join("; ")
    }

    /// The figures, as many cells as [`COLUMNS`].
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<Cell>> {
        let real = |value: Option<f64>| value.map_or(Cell::Null, Cell::Real);
        let row = |it: &FigureChange| {
            vec![
                Cell::from(it.metric.as_str()),
                real(it.value),
                real(it.before),
                real(it.difference),
                real(it.low),
                real(it.high),
                Cell::from(it.n),
                real(it.p),
                real(it.adjusted_p),
                it.verdict.map_or(Cell::Null, |it: Better| Cell::from(it.word())),
                Cell::from(it.test.as_str()),
            ]
        };
        self.metrics.iter().map(row).collect()
    }
}
