//! Figures on record.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction};

use super::error::EvaluateError;
use super::request::FILE;
use crate::experiment::{Better, Evaluation, Score, VariantFigures};
use crate::stage::artifact;
use crate::store::sql;

/// Records the figures and comparisons of an evaluation.
pub(super) fn figures(tx: &Transaction<'_>, manifest: i64, evaluation: &Evaluation) -> Result<(), EvaluateError> {
    let numbers: BTreeMap<&str, i64> = evaluation.variants.iter().map(|it| (it.name.as_str(), it.number)).collect();
    for variant in &evaluation.variants {
        for (metric, score) in evaluation.metrics.iter().zip(&variant.scores) {
            let (n, missing) = (count(score.n), count(score.missing));
            let of = Figure { name: &metric.name, score, n: Some(n), missing: Some(missing) };
            insert(tx, (manifest, variant.number), &of)?;
        }
        for (name, value) in others(variant) {
            let undefined = value.is_none().then(|| "unknown".to_owned());
            let score = Score { value, low: None, high: None, n: 0, missing: 0, undefined };
            insert(tx, (manifest, variant.number), &Figure { name, score: &score, n: None, missing: None })?;
        }
    }
    for comparison in &evaluation.comparisons {
        let number = |name: &str| numbers.get(name).copied();
        let (Some(variant), Some(baseline)) = (number(&comparison.variant), number(&comparison.baseline)) else {
            continue;
        };
        let verdict = comparison.verdict.map(Better::word);
        sql::EVALUATE_INSERT_COMPARISON.execute(
            tx,
            &[
                (":manifest", &manifest),
                (":variant", &variant),
                (":baseline", &baseline),
                (":metric", &comparison.metric),
                (":difference", &comparison.difference),
                (":low", &comparison.low),
                (":high", &comparison.high),
                (":test", &comparison.test),
                (":n", &count(comparison.n)),
                (":only_variant", &comparison.only_variant.map(count)),
                (":only_baseline", &comparison.only_baseline.map(count)),
                (":p", &comparison.p),
                (":adjusted_p", &comparison.adjusted_p),
                (":verdict", &verdict),
                (":more_items", &comparison.more_items.map(count)),
                (":reason", &comparison.reason),
                (":undefined", &comparison.undefined),
            ],
        )?;
    }
    Ok(())
}

struct Figure<'a> {
    name: &'a str,
    score: &'a Score,
    n: Option<i64>,
    missing: Option<i64>,
}

fn insert(tx: &Transaction<'_>, (manifest, variant): (i64, i64), of: &Figure<'_>) -> rusqlite::Result<()> {
    let Figure { name, score, n, missing } = of;
    sql::EVALUATE_INSERT_METRIC_VALUE
        .execute(
            tx,
            &[
                (":manifest", &manifest),
                (":variant", &variant),
                (":metric", name),
                (":value", &score.value),
                (":low", &score.low),
                (":high", &score.high),
                (":n", n),
                (":missing", missing),
                (":undefined", &score.undefined),
            ],
        )
        .map(|_| ())
}

/// The figures of a variant that are no metrics.
fn others(variant: &VariantFigures) -> [(&'static str, Option<f64>); 6] {
    [
        ("valid", variant.valid),
        ("cost_per_item", variant.cost_per_item),
        ("latency_ms", variant.latency_ms),
        ("input_tokens", variant.input_tokens),
        ("output_tokens", variant.output_tokens),
        ("cost_usd", variant.cost_usd),
    ]
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The evaluation on record that was written last; `None` where there is none.
pub fn recorded(connection: &Connection) -> Result<Option<Evaluation>, EvaluateError> {
    let Some(found) = artifact::latest(connection, FILE)? else { return Ok(None) };
    let mut bytes = Vec::new();
    artifact::read(connection, found.id, &mut bytes)?;
    serde_json::from_slice(&bytes).map(Some).map_err(EvaluateError::Json)
}
