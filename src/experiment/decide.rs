//! What follows from comparisons: verdicts, gates, and how a command ends.

use super::compare::Compared;
use super::evaluation::{Better, Evaluation, GateResult, VariantFigures};
use crate::config::{Decide, Gate, GateComparison, Metric};
use crate::stats::holm;

/// How an evaluation ends a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Passed,
    /// A gate fails, for any variant (exit code 5).
    GateFailed,
    /// A better variant was required, and all are worse (5).
    Worse,
    /// A better variant was required, and none is (6).
    Inconclusive,
}

/// Decides how a command that asked for the variants `asked` ends; none: all of them. Without `requires_better` a
/// variant that is worse is a result like any other.
#[must_use]
pub fn ending(evaluation: &Evaluation, asked: &[&str], requires_better: bool) -> Ending {
    let is_asked = |variant: &str| asked.is_empty() || asked.contains(&variant);
    if evaluation.gates.iter().any(|gate| !gate.passed && is_asked(&gate.variant)) {
        return Ending::GateFailed;
    }
    if !requires_better {
        return Ending::Passed;
    }
    let of_asked = evaluation.comparisons.iter().filter(|comparison| is_asked(&comparison.variant));
    let verdicts: Vec<Better> = of_asked.filter_map(|comparison| comparison.verdict).collect();
    if verdicts.contains(&Better::Better) {
        Ending::Passed
    } else if verdicts.is_empty() || verdicts.contains(&Better::Inconclusive) {
        Ending::Inconclusive
    } else {
        Ending::Worse
    }
}

/// Adds adjusted p values and verdicts to the comparisons on the metric that decides; returns the size of Holm's
/// family: those of them that have a p, and `unmeasured` more. The p of the latter can still be anything. With 1 in its
/// place no adjusted p can grow when it is known, so that a verdict of better or worse stays.
pub(super) fn decide(compared: &mut [Compared], unmeasured: usize, metric: &Metric, decide: &Decide) -> u64 {
    let mut deciding: Vec<&mut Compared> =
        compared.iter_mut().filter(|it| it.comparison.metric == metric.name).collect();
    let mut p: Vec<Option<f64>> = deciding.iter().map(|it| it.comparison.p).collect();
    p.extend(std::iter::repeat_n(Some(1.0), unmeasured));
    let family = p.iter().flatten().count() as u64;
    for (compared, adjusted) in deciding.iter_mut().zip(holm(&p)) {
        compared.comparison.adjusted_p = adjusted;
        let (verdict, reason) = verdict(compared, metric, decide);
        compared.comparison.verdict = Some(verdict);
        if verdict == Better::Inconclusive {
            let is_large =
                compared.comparison.difference.is_some_and(|it| is_at_least(it.abs(), decide.min_difference));
            let open = adjusted.is_some_and(|p| p >= decide.alpha) && is_large;
            let alpha = decide.alpha / super::figures::whole(family.max(1));
            compared.comparison.more_items = if open { compared.more_items(alpha) } else { None };
        }
        compared.comparison.reason = reason;
    }
    family
}

/// Whether a difference reaches the smallest that counts. One that falls short of it by rounding does.
fn is_at_least(difference: f64, least: f64) -> bool {
    difference >= least - 1e-12
}

fn verdict(compared: &Compared, metric: &Metric, decide: &Decide) -> (Better, Option<String>) {
    let comparison = &compared.comparison;
    let inconclusive = |reason: String| (Better::Inconclusive, Some(reason));
    let Some(difference) = comparison.difference else {
        return inconclusive(comparison.undefined.clone().unwrap_or_else(|| "the difference is undefined".to_owned()));
    };
    let Some(p) = comparison.adjusted_p else {
        return inconclusive("the two are never right or wrong alone, so that nothing can be tested".to_owned());
    };
    if p >= decide.alpha {
        return inconclusive(format!("the adjusted p is not below {}", decide.alpha));
    }
    if !is_at_least(difference.abs(), decide.min_difference) {
        return inconclusive(format!("the difference is smaller than {}", decide.min_difference));
    }
    let gain = if metric.kind.is_error() { -difference } else { difference };
    let (verdict, left_out, who) = if gain > 0.0 {
        (Better::Better, compared.left_out.variant, "the variant")
    } else if gain < 0.0 {
        (Better::Worse, compared.left_out.baseline, "the baseline")
    } else {
        return inconclusive("there is no difference".to_owned());
    };
    if left_out > 0 {
        return inconclusive(format!(
            "{left_out} answers of {who} are missing, which `{}` leaves out",
            metric.kind.word()
        ));
    }
    (verdict, None)
}

/// Holds a variant to a gate. An unknown figure fails.
pub(super) fn gate_result(gate: &Gate, variant: &VariantFigures, metrics: &[Metric]) -> GateResult {
    let value = match gate.figure.as_str() {
        "valid" => variant.valid,
        "cost_per_item" => variant.cost_per_item,
        "latency_ms" => variant.latency_ms,
        "input_tokens" => variant.input_tokens,
        "output_tokens" => variant.output_tokens,
        name => {
            let place = metrics.iter().position(|metric| metric.name == name);
            place.and_then(|place| variant.scores.get(place)).and_then(|score| score.value)
        }
    };
    // What falls short of the bound, or goes beyond it, by rounding alone is at the bound.
    let rounding = gate.bound.abs() * 1e-12;
    let passed = value.is_some_and(|value| match gate.comparison {
        GateComparison::AtLeast => value >= gate.bound - rounding,
        GateComparison::Above => value > gate.bound + rounding,
        GateComparison::AtMost => value <= gate.bound + rounding,
        GateComparison::Below => value < gate.bound - rounding,
    });
    GateResult { gate: gate.text.clone(), variant: variant.name.clone(), value, passed }
}
