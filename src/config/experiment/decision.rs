//! What makes a variant better, and the bounds that all are held to.

use super::metrics::FIGURES;
use crate::config::block::ConfigBlock;
use crate::config::error::{ConfigError, nearest};
use crate::config::node::Node;
use crate::config::raw;
use crate::config::resolved::{Decide, Gate, GateComparison, Metric, MetricKind};

/// How it is decided. Where nothing is said, by the only metric, or not at all.
pub(super) fn decide(
    at: &ConfigBlock<'_>,
    written: Option<&raw::Decide>,
    metrics: &[Metric],
) -> Result<Option<Decide>, ConfigError> {
    let only = match metrics {
        [metric] => Some(metric.name.clone()),
        _ => None,
    };
    let Some(written) = written else {
        return Ok(only.map(|by| Decide { by, alpha: 0.05, min_difference: 0.0 }));
    };
    let alpha = at.real("decide.alpha", written.alpha, 0.05, (0.0, 1.0))?;
    if alpha <= 0.0 || alpha >= 1.0 {
        return Err(at.bad("decide.alpha", format!("expected a number between 0 and 1, found {alpha}")));
    }
    let min_difference = at.real("decide.min_difference", written.min_difference, 0.0, (0.0, 1e12))?;
    let names = || metrics.iter().map(|it| it.name.as_str());
    let by = match (&written.by, only) {
        (Some(by), _) if names().any(|name| name == by) => by.clone(),
        (Some(by), _) => {
            let error = at.bad("decide.by", format!("there is no metric `{by}`"));
            return Err(hinted(error, by, names()));
        }
        (None, Some(only)) => only,
        (None, None) => return Err(at.missing("decide.by", "name the metric that decides")),
    };
    Ok(Some(Decide { by, alpha, min_difference }))
}

/// The bounds that every variant is held to.
pub(super) fn gates(experiment: &Node, written: &[String], metrics: &[Metric]) -> Result<Vec<Gate>, ConfigError> {
    let mut gates: Vec<Gate> = Vec::with_capacity(written.len());
    for (index, (text, node)) in written.iter().zip(experiment.elements("gates")).enumerate() {
        let wrong = |reason: String| ConfigError::value(format!("experiment.gates[{index}]"), reason, &node.origin);
        let gate = gate(text).map_err(|reason| wrong(reason).with_hint("write it as in `accuracy >= 0.9`"))?;
        let names = || metrics.iter().map(|it| it.name.as_str()).chain(FIGURES);
        if !names().any(|name| name == gate.figure) {
            return Err(hinted(wrong(format!("there is no figure `{}`", gate.figure)), &gate.figure, names()));
        }
        if is_share(&gate.figure, metrics) && !(0.0..=1.0).contains(&gate.bound) {
            let reason = format!("`{}` is a share from 0 to 1, and the bound is {}", gate.figure, gate.bound);
            return Err(match gate.bound {
                1.0..=100.0 => {
                    let hint = format!("{} % is {}", gate.bound, gate.bound / 100.0);
                    wrong(reason).with_hint(hint)
                }
                _ => wrong(reason),
            });
        }
        if gates.contains(&gate) {
            return Err(wrong(format!("`{}` is written twice", gate.text)));
        }
        gates.push(gate);
    }
    Ok(gates)
}

/// Whether a figure lies between 0 and 1, whatever the answers are. An expression may have any value.
fn is_share(figure: &str, metrics: &[Metric]) -> bool {
    let of_metric = |it: &Metric| !matches!(it.kind, MetricKind::Mae | MetricKind::Rmse | MetricKind::Expr { .. });
    figure == "valid" || metrics.iter().any(|it| it.name == figure && of_metric(it))
}

fn hinted<'a>(error: ConfigError, word: &str, names: impl Iterator<Item = &'a str>) -> ConfigError {
    let names: Vec<&str> = names.collect();
    match nearest(word, names.iter().copied()) {
        Some(near) => error.with_hint(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.with_hint("the experiment has no `metrics`"),
        None => error.with_hint(format!("known ones: {}", names.join(", "))),
    }
}

/// Reads a gate, as in `accuracy >= 0.9`.
fn gate(text: &str) -> Result<Gate, String> {
    let found = text.find(['<', '>', '=', '!']);
    let Some((figure, rest)) = found.and_then(|at| text.split_at_checked(at)) else {
        return Err(format!("expected a figure, one of `>=`, `>`, `<=` and `<`, and a number, found `{text}`"));
    };
    let end = rest.find(|it: char| !matches!(it, '<' | '>' | '=' | '!')).unwrap_or(rest.len());
    let (sign, bound) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let comparison = match sign {
        ">=" => GateComparison::AtLeast,
        ">" => GateComparison::Above,
        "<=" => GateComparison::AtMost,
        "<" => GateComparison::Below,
        other => return Err(format!("expected one of `>=`, `>`, `<=` and `<`, found `{other}`")),
    };
    let (figure, bound) = (figure.trim(), bound.trim());
    if figure.is_empty() {
        return Err(format!("expected the name of a figure before `{sign}`"));
    }
    match bound.parse::<f64>() {
        Ok(number) if number.is_finite() => {
            Ok(Gate { text: text.trim().to_owned(), figure: figure.to_owned(), comparison, bound: number + 0.0 })
        }
        _ => Err(format!("expected a number after `{sign}`, found `{bound}`")),
    }
}
