//! `evaluate`: the accepted outputs of all variants are held against the gold answers, and the variants against each
//! other. Nothing is asked.
//!
//! [`inputs`] says when the figures need not be worked out again, [`compute`] works them out, and [`evaluate()`] puts
//! them on record: rows behind the views `metrics` and `comparisons`, and the file [`FILE`]. [`recorded`] reads that.
//!
//! Work items come one by one, in the order of the plan. What is kept of each is a few bytes for every metric and
//! variant (see [`MarkBook`]).

mod against;
mod canary;
mod error;
mod overlap;
mod read;
mod record;
mod request;
mod shared;
mod side_by_side;

use rusqlite::{Connection, ToSql, Transaction};
use serde_json::{Value, json};

use super::artifact::{Artifact, ArtifactWriter};
use super::{ManifestContent, StageContext};
use crate::experiment::{self, Evaluation, MarkBook, Setting, VariantFigures};
use crate::stage::artifact;
use crate::store::sql;
use request::{prepare, wrong_gold};

pub use against::{OtherFile, against};
pub use canary::{CanaryFindings, CanaryRequest, EarlierAnswers, canary};
pub use error::EvaluateError;
pub use overlap::check_shared;
pub use record::recorded;
pub use request::{EvaluateRequest, FILE, InputShare, MeasuredVariant};

/// Returns what the manifest lists as read: everything that could change a figure.
pub fn inputs(connection: &Connection, request: &EvaluateRequest<'_>) -> Result<Value, EvaluateError> {
    let state = sql::EVALUATE_STATE.row(connection, &[], |row| {
        let get = |name| row.get::<_, i64>(name);
        Ok(json!([get("last_attempt")?, get("last_output")?, get("last_round")?]))
    })?;
    let mut variants = Vec::new();
    for variant in &request.variants {
        let of: [(&'static str, &dyn ToSql); 2] =
            [(":variant", &variant.number), (":repeats", &request.experiment.repeats)];
        let steps = sql::EVALUATE_STEPS.all(connection, &of, |row| {
            let get = |name| row.get::<_, Option<i64>>(name);
            let name: String = row.get("name")?;
            Ok(json!([name, row.get::<_, i64>("repeat")?, get("task")?, get("dataset")?, get("config")?]))
        })?;
        let status = sql::EVALUATE_STATUS.all(connection, &of, |row| {
            let (name, status): (String, String) = (row.get("name")?, row.get("status")?);
            Ok(json!([name, row.get::<_, i64>("repeat")?, status, row.get::<_, i64>("items")?]))
        })?;
        variants.push(json!({
            "number": variant.number, "name": variant.name, "is_baseline": variant.is_baseline, "steps": steps,
            "status": status,
        }));
    }
    let experiment = serde_json::to_value(request.experiment).map_err(EvaluateError::Json)?;
    let share = serde_json::to_value(&request.share).map_err(EvaluateError::Json)?;
    Ok(json!({
        "figures": 1, "share": share, "experiment": experiment, "seed": request.seed,
        "gold": request.gold.map(|gold| gold.dataset.id), "dataset": request.dataset, "state": state,
        "variants": variants,
    }))
}

/// Checks that metrics can compare with all gold answers.
pub fn check_gold(connection: &Connection, request: &EvaluateRequest<'_>) -> Result<(), EvaluateError> {
    if request.gold.is_none() {
        return Ok(());
    }
    sql::EVALUATE_GOLD.each::<EvaluateError>(connection, &[], |row| {
        let answer = read::gold_answer(row)?;
        for variant in &request.variants {
            for metric in &variant.metrics {
                let Err(expected) = read::gold_value(metric, answer.as_ref()) else { continue };
                let source: String = row.get("source")?;
                let of: [(&'static str, &dyn ToSql); 2] = [(":dataset", &request.dataset), (":row_id", &source)];
                let place: Option<i64> = sql::EVALUATE_GOLD_ROW.first(connection, &of, |row| row.get("row_index"))?;
                let about = match place {
                    Some(place) => format!("row {} of the input", place + 1),
                    None => format!("the group `{source}`"),
                };
                return Err(wrong_gold(metric, answer.as_ref(), (about, expected)).into());
            }
        }
        Ok(())
    })
}

/// Works out the figures from the record as it is.
pub fn compute(connection: &Connection, request: &EvaluateRequest<'_>) -> Result<Evaluation, EvaluateError> {
    let EvaluateRequest { experiment, seed, variants, .. } = request;
    prepare(connection, request)?;
    let mut book = MarkBook::new(&experiment.metrics, variants.len(), experiment.repeats);
    let mut oddities = read::Oddities::default();
    let mut counts = Vec::with_capacity(variants.len());
    let mut unfinished = Vec::with_capacity(variants.len());
    for (index, variant) in variants.iter().enumerate() {
        counts.push(read::marks(connection, request, (variant, index), (&mut book, &mut oddities))?);
        unfinished.push(shared::is_unfinished(connection, request, variant)?);
    }
    let scope = book.keep_shared(&unfinished, &shared::asks(variants));
    let mut notes = shared::notes(request, &scope, &counts);
    notes.extend(shared::absent(request, &scope));
    notes.extend(oddities.notes());
    let mut figures: Vec<VariantFigures> = Vec::with_capacity(variants.len());
    for ((variant, counts), tally) in variants.iter().zip(counts).zip(&scope.tallies) {
        let range = (experiment.repeats, request.before());
        figures.push(read::figures(connection, variant, range, (counts, *tally))?);
    }
    let setting = Setting { experiment, seed: *seed, against: None, left_out: scope.left_out };
    let mut evaluation = experiment::evaluate(&book, setting, figures, notes);
    evaluation.side_by_side = side_by_side::read(connection, request, &book)?;
    Ok(evaluation)
}

/// The bytes of [`FILE`].
pub fn file_of(evaluation: &Evaluation) -> Result<Vec<u8>, EvaluateError> {
    let mut bytes = serde_json::to_vec_pretty(evaluation).map_err(EvaluateError::Json)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Works out the figures and puts them on record; `inputs` is what they are made from.
pub fn evaluate(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &EvaluateRequest<'_>,
    inputs: Value,
) -> Result<((Evaluation, Artifact), ManifestContent), EvaluateError> {
    let evaluation = compute(tx, request)?;
    record::figures(tx, ctx.manifest, &evaluation)?;
    let mut writer = ArtifactWriter::begin(tx, FILE, "application/json")?;
    writer.write(&file_of(&evaluation)?)?;
    let artifact: artifact::Artifact = writer.finish(ctx, None)?;
    let outputs = json!({FILE: {"sha1": artifact.sha1.to_string(), "bytes": artifact.bytes}});
    let counts = json!({
        "variants": evaluation.variants.len(), "metrics": evaluation.metrics.len(), "items": evaluation.items,
        "comparisons": evaluation.comparisons.len(),
    });
    Ok(((evaluation, artifact), ManifestContent { inputs, outputs, counts }))
}
