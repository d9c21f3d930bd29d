//! Which work items the figures of all variants are over, and what is said of the others.

use rusqlite::{Connection, ToSql};

use super::error::EvaluateError;
use super::read::StatusCounts;
use super::request::{EvaluateRequest, InputShare, MeasuredVariant};
use crate::experiment::{MetricRule, Scope};
use crate::store::sql;

/// Whether work items of a variant are open, so that more may come from them.
pub(super) fn is_unfinished(
    connection: &Connection,
    request: &EvaluateRequest<'_>,
    variant: &MeasuredVariant,
) -> Result<bool, EvaluateError> {
    let of: [(&'static str, &dyn ToSql); 3] =
        [(":variant", &variant.number), (":repeats", &request.experiment.repeats), (":before", &request.before())];
    Ok(sql::EVALUATE_ANY_OPEN.row(connection, &of, |row| row.get("is_open"))?)
}

/// Of each metric, whether a model scores the outputs.
pub(super) fn asks(variants: &[MeasuredVariant]) -> Vec<bool> {
    let metrics = variants.first().map(|it| it.metrics.as_slice()).unwrap_or_default();
    metrics.iter().map(MetricRule::asks_model).collect()
}

/// What a reader has to know of the work items that figures are over: a sentence each.
pub(super) fn notes(request: &EvaluateRequest<'_>, scope: &Scope, counts: &[StatusCounts]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(InputShare { first, of, what }) = &request.share {
        notes.push(format!("figures are over the first {first} of {of} {what} (`--limit`)"));
    }
    let open: Vec<String> = request
        .variants
        .iter()
        .zip(counts)
        .filter(|(_, counts)| counts.pending > 0)
        .map(|(variant, counts)| format!("{} under `{}`", counts.pending, variant.name))
        .collect();
    if !open.is_empty() {
        notes.push(format!("not finished: of the work items, {} are open", open.join(", ")));
    }
    if scope.left_out > 0 {
        notes.push(format!(
            "{} in no figure: not decided under every variant, so that they cannot be compared",
            counted(scope.left_out)
        ));
    }
    if let Some(first) = request.variants.first() {
        for (metric, unscored) in first.metrics.iter().zip(&scope.unscored).filter(|(_, unscored)| **unscored > 0) {
            let left_out = counted(*unscored);
            notes.push(format!("{left_out} not in `{}`: not scored under every variant", metric.name));
        }
    }
    notes
}

/// Which variants there are no figures of.
pub(super) fn absent(request: &EvaluateRequest<'_>, scope: &Scope) -> Vec<String> {
    let is_begun = |name: &str| {
        let place = request.variants.iter().position(|it| it.name == name);
        place.and_then(|place| scope.tallies.get(place)).is_some_and(|it| it.is_begun)
    };
    let experiment = request.experiment;
    let mut notes = Vec::new();
    let all = experiment.variants.iter().map(|it| it.name.as_str());
    let others = named(all.filter(|name| !request.variants.iter().any(|it| it.name == *name)));
    notes.extend(others.map(|it| format!("not in this evaluation: {it}")));
    let empty = named(request.variants.iter().map(|it| it.name.as_str()).filter(|name| !is_begun(name)));
    notes.extend(empty.map(|it| format!("nothing is decided yet under {it}")));
    let baseline = experiment.variants.get(experiment.baseline).map(|it| it.name.as_str());
    if let Some(name) = baseline.filter(|name| experiment.variants.len() > 1 && !is_begun(name)) {
        notes.push(format!("nothing is compared: the record has no answers of the baseline `{name}`"));
    }
    notes
}

fn counted(items: u64) -> String {
    if items == 1 { "1 work item is".to_owned() } else { format!("{items} work items are") }
}

/// The first names in a sentence, and how many more there are.
fn named<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    const MOST: usize = 8;
    let all: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let more = all.len().saturating_sub(MOST);
    let shown = all.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match (all.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(shown),
        (false, more) => Some(format!("{shown} and {more} more")),
    }
}
