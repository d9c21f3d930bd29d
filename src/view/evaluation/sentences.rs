//! What an evaluation means, in sentences.

use super::figures;
use super::tables::places_of;
use crate::experiment::{Better, Comparison, Evaluation};
use crate::view::text::{counted, thousands};

/// How many items, repeats and gold answers there are.
#[must_use]
pub fn about(evaluation: &Evaluation) -> String {
    let mut parts = vec![counted(evaluation.variants.len() as u64, "variant")];
    let each = match evaluation.items_of_variants {
        None => counted(evaluation.items, "work item"),
        Some([fewest, most]) if fewest == most => counted(most, "work item"),
        Some([fewest, most]) => format!("{} to {}", thousands(fewest), counted(most, "work item")),
    };
    parts.push(format!("{each} each"));
    if evaluation.items_of_variants.is_some() {
        parts.push(format!("{} different ones", thousands(evaluation.items)));
    }
    if evaluation.left_out > 0 {
        parts.push(format!("figures over {} of them", thousands(evaluation.items - evaluation.left_out)));
    }
    if evaluation.repeats > 1 {
        parts.push(format!("{} repeats, averaged for each work item", evaluation.repeats));
    }
    if let Some(gold) = evaluation.with_gold {
        parts.push(format!("{} with a gold answer", thousands(gold)));
    }
    format!("{}.", parts.join(", "))
}

/// Says which variants are better or worse than the baseline, which cannot be told, and which gates fail.
#[must_use]
pub fn conclusion(evaluation: &Evaluation) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(decide) = &evaluation.decide {
        let all: Vec<&Comparison> = evaluation.comparisons.iter().filter(|it| it.metric == decide.by).collect();
        let with = |verdict| all.iter().filter(move |it| it.verdict == Some(verdict)).copied();
        for it in with(Better::Better).chain(with(Better::Worse)) {
            sentences.push(settled(evaluation, it));
        }
        let open: Vec<&Comparison> = with(Better::Inconclusive).collect();
        if !open.is_empty() {
            sentences.push(inconclusive(evaluation, &open, open.len() == all.len()));
        }
    }
    sentences.extend(gates(evaluation));
    sentences
}

/// `large` is better than the baseline `small` by 3.1 points (accuracy, adjusted p 0.0040).
fn settled(evaluation: &Evaluation, it: &Comparison) -> String {
    let metric = evaluation.metrics.iter().find(|metric| metric.name == it.metric);
    let places = places_of(evaluation, &it.metric);
    let by =
        it.difference.map_or_else(String::new, |value| format!(" by {}", figures::distance(value, metric, places)));
    let p = figures::p(it.adjusted_p);
    let verdict = figures::verdict(it.verdict);
    format!("`{}` is {verdict} than {}{by} ({}, adjusted p {p}).", it.variant, baseline(it), it.metric)
}

fn baseline(it: &Comparison) -> String {
    format!("the baseline `{}`", it.baseline)
}

fn inconclusive(evaluation: &Evaluation, open: &[&Comparison], is_all: bool) -> String {
    let Some(first) = open.first() else { return String::new() };
    let decide = evaluation.decide.as_ref();
    let level = decide.map_or_else(String::new, |it| format!(" at {}", percent_of(it.alpha)));
    let names: Vec<String> = open.iter().map(|it| format!("`{}`", it.variant)).collect();
    let said = match (is_all, open.len()) {
        (true, 2..) => format!(
            "Whether any variant is better or worse than {} in {} cannot be told{level}.",
            baseline(first),
            first.metric
        ),
        (_, 1) => format!(
            "Whether `{}` is better or worse than {} in {} cannot be told{level}.",
            first.variant,
            baseline(first),
            first.metric
        ),
        _ => format!(
            "Whether these are better or worse than {} in {} cannot be told{level}: {}.",
            baseline(first),
            first.metric,
            names.join(", ")
        ),
    };
    let more = open.iter().filter_map(|it| it.more_items.map(|more| (more, &it.variant))).min();
    match more {
        Some((more, variant)) if open.len() == 1 || is_all => {
            let of = if open.len() == 1 { String::new() } else { format!(" for `{variant}`") };
            format!("{said} At the difference seen, {} would settle it{of}.", counted(more, "more work item"))
        }
        _ => said,
    }
}

/// `5 %` of 0.05.
fn percent_of(alpha: f64) -> String {
    let text = format!("{:.3}", alpha * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn gates(evaluation: &Evaluation) -> Option<String> {
    let all = evaluation.gates.len() as u64;
    let failed: Vec<_> = evaluation.gates.iter().filter(|it| !it.passed).collect();
    if all == 0 {
        return None;
    }
    if failed.is_empty() {
        return Some("All gates pass.".to_owned());
    }
    let mut names: Vec<String> = Vec::new();
    for it in &failed {
        let name = format!("`{}`", it.variant);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let verb = if failed.len() == 1 { "fails" } else { "fail" };
    Some(format!("{} of {} {verb}: {}.", thousands(failed.len() as u64), counted(all, "gate"), names.join(", ")))
}
