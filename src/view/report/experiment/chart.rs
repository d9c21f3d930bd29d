//! The charts of an experiment as inline SVG. Each stands beside a table of its numbers.

use std::fmt::Write as _;

use super::super::chart::escape;
use super::super::number::decimal_within;
use crate::view::evaluation::{Calibration, Evaluation, MetricInfo};
use crate::view::text;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 14.0;
const SIDE: f64 = 180.0;

/// A variant in the chart of costs.
pub(super) struct CostPoint<'a> {
    /// Its place among the variants, from 1.
    pub(super) number: usize,
    pub(super) name: &'a str,
    pub(super) cost: f64,
    pub(super) quality: f64,
    pub(super) is_on_front: Option<bool>,
}

/// The metric that stands for quality, with its place: the one that decides, else the first.
pub(super) fn quality(evaluation: &Evaluation) -> Option<(usize, &MetricInfo)> {
    let by = evaluation.decide.as_ref().map(|it| it.by.as_str());
    let mut all = evaluation.metrics.iter().enumerate();
    match by {
        Some(by) => all.find(|(_, it)| it.name == by),
        None => all.next(),
    }
}

pub(super) fn points(evaluation: &Evaluation) -> Vec<CostPoint<'_>> {
    let Some((place, _)) = quality(evaluation) else { return Vec::new() };
    let point = |(index, it): (usize, &'_ _)| {
        let it: &crate::view::evaluation::VariantFigures = it;
        let (cost, quality) = (it.cost_per_item?, it.scores.get(place)?.value?);
        Some((index + 1, cost, quality))
    };
    let numbered = evaluation.variants.iter().enumerate();
    numbered
        .filter_map(|(index, it)| {
            let (number, cost, quality) = point((index, it))?;
            Some(CostPoint { number, name: &it.name, cost, quality, is_on_front: it.is_on_front })
        })
        .collect()
}

/// Cost per item against quality, with the variants that no other one beats in both joined by a line. `None` if fewer
/// than two variants have a known cost and quality.
pub(in super::super) fn pareto(evaluation: &Evaluation) -> Option<String> {
    let (_, metric) = quality(evaluation)?;
    let points = points(evaluation);
    let dearest = points.iter().map(|it| it.cost).fold(0.0, f64::max);
    if points.len() < 2 || dearest <= 0.0 {
        return None;
    }
    let least = points.iter().map(|it| it.quality).fold(f64::INFINITY, f64::min);
    let most = points.iter().map(|it| it.quality).fold(f64::NEG_INFINITY, f64::max);
    let spread = if most > least { most - least } else { 1.0 };
    let x = |cost: f64| LEFT + cost / dearest * (WIDTH - LEFT - 30.0);
    // Better is up.
    let y = |value: f64| {
        let share = (value - least) / spread;
        let share = if metric.higher_is_better { share } else { 1.0 - share };
        TOP + 12.0 + (1.0 - share) * (HEIGHT - 30.0)
    };
    let sentences: Vec<String> = points
        .iter()
        .map(|it| format!("{}: {}, {}", it.name, text::usd(it.cost), decimal_within(it.quality, spread)))
        .collect();
    let name = escape(&format!("cost per item and {}: {}", metric.name, sentences.join("; ")));
    let base = TOP + HEIGHT;
    let mut svg = format!(
        "<svg class=\"histogram\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{name}\"><title>{name}</title>\
         <line class=\"axis\" x1=\"{LEFT}\" y1=\"{base}\" x2=\"{WIDTH}\" y2=\"{base}\"/>\
         <line class=\"axis\" x1=\"{LEFT}\" y1=\"{TOP}\" x2=\"{LEFT}\" y2=\"{base}\"/>",
        base + 36.0
    );
    let mut front: Vec<&CostPoint<'_>> = points.iter().filter(|it| it.is_on_front == Some(true)).collect();
    front.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(y(b.quality).total_cmp(&y(a.quality))));
    let line: Vec<String> = front.iter().map(|it| format!("{:.1},{:.1}", x(it.cost), y(it.quality))).collect();
    // Writing to a String cannot fail.
    if line.len() > 1 {
        let _ = write!(svg, "<polyline class=\"front\" points=\"{}\"/>", line.join(" "));
    }
    for it in &points {
        let class = if it.is_on_front == Some(true) { "accepted" } else { "c1" };
        let (x, y) = (x(it.cost), y(it.quality));
        let said = format!("{}: {}, {}", it.name, text::usd(it.cost), decimal_within(it.quality, spread));
        let _ = write!(
            svg,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"><title>{}</title></circle>\
             <text class=\"value start\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            escape(&said),
            x + 8.0,
            y - 6.0,
            it.number
        );
    }
    let mut ends = vec![least];
    if most > least {
        ends.push(most);
    }
    for value in ends {
        let shown = decimal_within(value, spread);
        let _ = write!(svg, "<text class=\"end\" x=\"{}\" y=\"{:.1}\">{shown}</text>", LEFT - 6.0, y(value) + 4.0);
    }
    let _ = write!(
        svg,
        "<text class=\"start\" x=\"{LEFT}\" y=\"{tick}\">$0</text>\
         <text class=\"end\" x=\"{:.1}\" y=\"{tick}\">{}</text>\
         <text x=\"{:.1}\" y=\"{}\">cost per item</text></svg>",
        x(dearest) + 24.0,
        text::usd(dearest),
        f64::midpoint(LEFT, WIDTH),
        base + 31.0,
        tick = base + 15.0
    );
    Some(svg)
}

/// The share of right answers in each bin of scores; on the diagonal, a score is the chance of being right.
pub(in super::super) fn reliability(it: &Calibration) -> String {
    let bins = it.bins.iter().filter_map(|bin| Some((bin, bin.mean_score?, bin.right?)));
    let sentences: Vec<String> =
        bins.clone().map(|(bin, score, right)| format!("score {score:.2}: {right:.2} right of {}", bin.n)).collect();
    let name = escape(&format!("{} of {}: {}", it.metric, it.variant, sentences.join("; ")));
    let most = it.bins.iter().map(|bin| bin.n).max().unwrap_or_default().max(1);
    let (x, y) = (|share: f64| 24.0 + share * SIDE, |share: f64| 8.0 + (1.0 - share) * SIDE);
    let mut svg = format!(
        "<svg class=\"reliability\" viewBox=\"0 0 {0} {0}\" role=\"img\" aria-label=\"{name}\"><title>{name}</title>\
         <path class=\"frame\" d=\"M{1} {2}H{3}V{4}H{1}Z\"/><line class=\"threshold\" x1=\"{1}\" y1=\"{4}\" x2=\"{3}\" y2=\"{2}\"/>",
        SIDE + 36.0,
        x(0.0),
        y(1.0),
        x(1.0),
        y(0.0)
    );
    for (bin, score, right) in bins {
        #[expect(clippy::cast_precision_loss, reason = "the size of a dot")]
        let radius = 3.0 + 6.0 * (bin.n as f64 / most as f64).sqrt();
        // Writing to a String cannot fail.
        let _ = write!(
            svg,
            "<circle class=\"c1\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\"><title>score {score:.2}: {right:.2} right of \
             {}</title></circle>",
            x(score),
            y(right),
            bin.n
        );
    }
    let _ = write!(
        svg,
        "<text class=\"start\" x=\"{}\" y=\"{tick}\">0</text><text x=\"{}\" y=\"{tick}\">score</text>\
         <text class=\"end\" x=\"{}\" y=\"{tick}\">1</text>\
         <text class=\"end\" x=\"20\" y=\"{}\">1</text></svg>",
        x(0.0),
        x(0.5),
        x(1.0),
        y(1.0) + 8.0,
        tick = SIDE + 22.0
    );
    svg
}
