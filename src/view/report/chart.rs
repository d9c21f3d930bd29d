//! Charts as inline SVG. Each says in words what it draws (`<title>`, `aria-label`) and stands beside its numbers, so
//! that no reader depends on colours. Colours and sizes are CSS classes of the page, for light, dark and paper.

use std::fmt::Write as _;

use super::model::{JudgeSummary, LabelShare, OutcomeCounts, PaceHistory};
use super::number::{Count, Share};

/// How many colours the page has for values; further values are grey.
const COLOURS: usize = 8;

/// Returns the CSS class of the value at index `place` of a list.
pub(super) fn colour(place: usize, label: &str) -> String {
    if place >= COLOURS || label.starts_with("(other") { "c0".to_owned() } else { format!("c{}", place + 1) }
}

/// A horizontal bar that shows one share.
pub(super) fn bar(share: &Share, label: &str) -> String {
    let name = escape(&format!("{label}: {} of {} ({})", share.part, share.whole, share.percent()));
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{name}\">\
         <title>{name}</title><rect class=\"track\" width=\"1000\" height=\"10\"/>\
         <rect class=\"c1\" width=\"{}\" height=\"10\"/></svg>",
        share.thousandths()
    )
}

/// A horizontal bar that is divided into slices.
pub(super) fn stacked(slices: &[LabelShare], label: &str) -> String {
    let classes: Vec<String> = slices.iter().enumerate().map(|(place, slice)| colour(place, &slice.label)).collect();
    let parts = slices.iter().zip(&classes).map(|(slice, class)| (slice.label.as_str(), slice.share, class.as_str()));
    stack(&parts.collect::<Vec<_>>(), label)
}

/// A horizontal bar of work items by status.
pub(super) fn outcomes(counts: &OutcomeCounts, label: &str) -> String {
    stack(&counts.parts().map(|(word, share)| (word, share, word)), label)
}

fn stack(parts: &[(&str, Share, &str)], label: &str) -> String {
    let sentences: Vec<String> = parts
        .iter()
        .filter(|(_, share, _)| share.part.0 > 0)
        .map(|(name, share, _)| format!("{name} {} ({})", share.part, share.percent()))
        .collect();
    let name =
        escape(&format!("{label}: {}", if sentences.is_empty() { "nothing".to_owned() } else { sentences.join(", ") }));
    let mut svg = format!(
        "<svg class=\"stack\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{name}\">\
         <title>{name}</title><rect class=\"track\" width=\"1000\" height=\"10\"/>"
    );
    let mut before = 0i64;
    for (name, share, class) in parts.iter().filter(|(_, share, _)| share.part.0 > 0) {
        // Both ends are rounded from the running sum, so that slices meet and add up to the whole.
        let from = Share { part: Count(before), whole: share.whole }.thousandths();
        before += share.part.0;
        let to = Share { part: Count(before), whole: share.whole }.thousandths();
        let name = escape(&format!("{name}: {} ({})", share.part, share.percent()));
        let width = (to - from).max(2);
        // Writing to a String cannot fail.
        let _ = write!(
            svg,
            "<rect class=\"{class}\" x=\"{from}\" width=\"{width}\" height=\"10\"><title>{name}</title></rect>"
        );
    }
    svg.push_str("</svg>");
    svg
}

const WIDTH: i64 = 640;
const PLOT: i64 = 120;
const TOP: i64 = 18;

/// A histogram of scores in ten bins, with the minimum score as a line.
pub(super) fn histogram(judging: &JudgeSummary) -> String {
    let bins = &judging.scores;
    let highest = bins.iter().map(|bin| bin.0).max().unwrap_or(0).max(1);
    let labels: Vec<String> = (0..10).map(bin_label).collect();
    let sentences: Vec<String> = labels.iter().zip(bins).map(|(label, bin)| format!("{label}: {bin}")).collect();
    let name = format!("verdicts by score, {}", sentences.join(", "));
    let mut svg = format!(
        "<svg class=\"histogram\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{name}\"><title>{name}</title>",
        TOP + PLOT + 34
    );
    let slot = WIDTH / 10;
    let base = TOP + PLOT;
    for (place, (bin, label)) in (0i64..).zip(bins.iter().zip(&labels)) {
        let height = Share { part: *bin, whole: Count(highest) }.thousandths() * PLOT / 1000;
        let height = if bin.0 > 0 { height.max(1) } else { 0 };
        let (left, top, middle) = (place * slot + 4, base - height, place * slot + slot / 2);
        let _ = write!(
            svg,
            "<rect class=\"c1\" x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{height}\"><title>{label}: {bin}</title></rect>\
             <text class=\"value\" x=\"{middle}\" y=\"{}\">{bin}</text>\
             <text class=\"tick\" x=\"{middle}\" y=\"{}\">{label}</text>",
            slot - 8,
            top - 5,
            base + 15
        );
    }
    let _ = write!(svg, "<line class=\"axis\" x1=\"0\" y1=\"{base}\" x2=\"{WIDTH}\" y2=\"{base}\"/>");
    if let Some(score) = judging.min_score.filter(|score| (1..=100).contains(score)) {
        let at = score * slot / 10;
        let (anchor, text) = if score > 50 { ("end", at - 5) } else { ("start", at + 5) };
        let _ = write!(
            svg,
            "<line class=\"threshold\" x1=\"{at}\" y1=\"2\" x2=\"{at}\" y2=\"{base}\"/>\
             <text class=\"note {anchor}\" x=\"{text}\" y=\"{}\">minimum score {score}</text>",
            base + 31
        );
    }
    svg.push_str("</svg>");
    svg
}

/// The limit on calls in flight over time, as steps. Of several changes within one pixel, the lowest limit is drawn,
/// since people look for cuts.
pub(super) fn steps(pace: &PaceHistory) -> String {
    let (least, most) = pace.range();
    let length = Count(pace.length.0.unwrap_or_default());
    let base = TOP + PLOT;
    let top = |count: i64| base - Share { part: Count(count), whole: most }.thousandths() * PLOT / 1000;
    let mut points: Vec<(i64, i64)> = Vec::new();
    for (at, count) in &pace.steps {
        let x = Share { part: Count(*at), whole: length }.thousandths() * WIDTH / 1000;
        match points.last_mut() {
            Some((before, y)) if *before == x => *y = (*y).max(top(*count)),
            _ => points.push((x, top(*count))),
        }
    }
    let range = if least == most { most.to_string() } else { format!("between {least} and {most}") };
    let name = escape(&format!("limit on calls in flight, {range} over {}", pace.length));
    let mut path = format!("M0 {base}");
    for (x, y) in points {
        // Writing to a String cannot fail.
        let _ = write!(path, "H{x}V{y}");
    }
    format!(
        "<svg class=\"histogram\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{name}\"><title>{name}</title>\
         <path class=\"c1\" d=\"{path}H{WIDTH}V{base}Z\"/>\
         <line class=\"axis\" x1=\"0\" y1=\"{base}\" x2=\"{WIDTH}\" y2=\"{base}\"/>\
         <text class=\"value start\" x=\"0\" y=\"{}\">{most}</text>\
         <text class=\"tick start\" x=\"0\" y=\"{tick}\">0</text>\
         <text class=\"tick end\" x=\"{WIDTH}\" y=\"{tick}\">{}</text></svg>",
        base + 20,
        TOP - 5,
        pace.length,
        tick = base + 15
    )
}

/// The labels of all bins of scores.
pub(super) fn bin_labels() -> Vec<String> {
    (0..10).map(bin_label).collect()
}

/// The range of scores in a bin.
pub(super) fn bin_label(place: i64) -> String {
    if place == 9 { "90–100".to_owned() } else { format!("{}–{}", place * 10, place * 10 + 9) }
}

/// A text as it may stand in markup.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&#38;"),
            '<' => escaped.push_str("&#60;"),
            '>' => escaped.push_str("&#62;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
