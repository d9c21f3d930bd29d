//! The rule about figures of experiments: what the views show is what the file says.

use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::experiment::{Better, Evaluation};
use crate::stage::evaluate::{self, FILE};
use crate::store::sql;

/// Checks the figures and comparisons of the latest evaluation against its file; nothing where there is none.
pub(super) fn check(connection: &Connection) -> Result<Option<VerifyCheck>, EngineError> {
    let latest = sql::EVALUATE_LATEST.first(connection, &[], |row| row.get::<_, i64>("id"))?;
    let Some(manifest) = latest else { return Ok(None) };
    let mut check = VerifyCheck::new("the figures of the latest evaluation are those of its file");
    let Ok(Some(evaluation)) = evaluate::recorded(connection) else {
        check.require(false, || format!("{FILE} is not there, or cannot be read"));
        return Ok(Some(check));
    };
    let mut figures = figures(&evaluation).into_iter();
    sql::VERIFY_FIGURES.each::<rusqlite::Error>(connection, &[(":manifest", &manifest)], |row| {
        let metric: String = row.get("metric")?;
        // The other figures of a variant are by their own names.
        if row.get::<_, Option<i64>>("n")?.is_some() {
            let same = figures.next() == Some(figure(row)?);
            check.require(same, || format!("the figure of `{metric}`"));
        }
        Ok(())
    })?;
    check.require(figures.next().is_none(), || "a figure is missing".to_owned());
    let mut comparisons = comparisons(&evaluation).into_iter();
    sql::VERIFY_COMPARISONS.each::<rusqlite::Error>(connection, &[(":manifest", &manifest)], |row| {
        let metric: String = row.get("metric")?;
        let same = comparisons.next() == Some(comparison(row)?);
        check.require(same, || format!("the comparison under `{metric}`"));
        Ok(())
    })?;
    check.require(comparisons.next().is_none(), || "a comparison is missing".to_owned());
    Ok(Some(check))
}

fn figures(evaluation: &Evaluation) -> Vec<Value> {
    let of_variant = evaluation.variants.iter().flat_map(|variant| {
        evaluation.metrics.iter().zip(&variant.scores).map(|(metric, score)| {
            json!([
                variant.number,
                metric.name,
                score.value,
                score.low,
                score.high,
                score.n,
                score.missing,
                score.undefined
            ])
        })
    });
    of_variant.collect()
}

fn figure(row: &Row<'_>) -> rusqlite::Result<Value> {
    let real = |name| row.get::<_, Option<f64>>(name);
    let whole = |name| row.get::<_, Option<i64>>(name);
    let text = |name| row.get::<_, Option<String>>(name);
    Ok(json!([
        whole("variant")?,
        text("metric")?,
        real("value")?,
        real("low")?,
        real("high")?,
        whole("n")?,
        whole("missing")?,
        text("undefined")?,
    ]))
}

fn comparisons(evaluation: &Evaluation) -> Vec<Value> {
    let number = |name: &str| evaluation.variants.iter().find(|it| it.name == name).map(|it| it.number);
    let of = evaluation.comparisons.iter().map(|it| {
        json!([
            number(&it.variant),
            number(&it.baseline),
            it.metric,
            it.difference,
            it.low,
            it.high,
            it.test,
            it.n,
            it.only_variant,
            it.only_baseline,
            it.p,
            it.adjusted_p,
            it.verdict.map(Better::word),
            it.more_items,
            it.reason,
            it.undefined,
        ])
    });
    of.collect()
}

fn comparison(row: &Row<'_>) -> rusqlite::Result<Value> {
    let real = |name| row.get::<_, Option<f64>>(name);
    let whole = |name| row.get::<_, Option<i64>>(name);
    let text = |name| row.get::<_, Option<String>>(name);
    Ok(json!([
        whole("variant")?,
        whole("baseline")?,
        text("metric")?,
        real("difference")?,
        real("low")?,
        real("high")?,
        text("test")?,
        whole("n")?,
        whole("only_variant")?,
        whole("only_baseline")?,
        real("p")?,
        real("adjusted_p")?,
        text("verdict")?,
        whole("more_items")?,
        text("reason")?,
        text("undefined")?,
    ]))
}
