//! The figures of an evaluation as texts, with as many digits as their intervals allow.

use crate::experiment::{Better, Comparison, MetricInfo, Score};
use crate::view::text::{percent, thousands};

/// Stands where there is nothing to show.
pub(super) const NOTHING: &str = "–";
/// Stands for an amount that is not known.
pub(super) const UNKNOWN: &str = "unknown";

/// How many places the figures of a metric have: two digits of the narrowest of their intervals, and at least three
/// places for what lies between -1 and 1.
pub(super) fn places<'a>(values: impl Iterator<Item = [Option<f64>; 3]> + Clone + 'a) -> usize {
    let widths = values.clone().filter_map(|[_, low, high]| Some(high? - low?)).filter(|it| *it > 0.0);
    let width = widths.fold(f64::INFINITY, f64::min);
    let largest = values.filter_map(|[value, _, _]| value).map(f64::abs).fold(0.0, f64::max);
    let least = if largest <= 1.0 { 3.0 } else { 0.0 };
    let wanted = if width.is_finite() { 1.0 - width.log10().floor() } else { 3.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 6")]
    let places = wanted.max(least).clamp(0.0, 6.0) as usize;
    places
}

/// The values of a metric of all variants as [`places`] takes them.
pub(super) fn of_scores<'a>(scores: impl Iterator<Item = &'a Score> + Clone + 'a) -> usize {
    places(scores.map(|it| [it.value, it.low, it.high]))
}

/// How many places values have that stand side by side without their intervals: three digits of the largest, at least.
pub(super) fn of_values<'a>(scores: impl Iterator<Item = &'a Score> + Clone + 'a) -> usize {
    let largest = scores.clone().filter_map(|it| it.value).map(f64::abs).fold(0.0, f64::max);
    let wanted = if largest > 0.0 { 2.0 - largest.log10().floor() } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 6")]
    let digits = wanted.clamp(0.0, 6.0) as usize;
    of_scores(scores).max(digits)
}

/// `0.912 [0.894, 0.928]`; a value without an interval is alone, and an undefined one is said to be.
pub(super) fn score(score: Option<&Score>, places: usize) -> String {
    let Some(score) = score else { return NOTHING.to_owned() };
    match (score.value, score.low, score.high) {
        (Some(value), Some(low), Some(high)) => {
            format!("{} [{}, {}]", number(value, places), number(low, places), number(high, places))
        }
        (Some(value), ..) => number(value, places),
        (None, ..) => "undefined".to_owned(),
    }
}

/// `+0.031 [+0.012, +0.050]`.
pub(super) fn difference(it: &Comparison, places: usize) -> String {
    match (it.difference, it.low, it.high) {
        (Some(value), Some(low), Some(high)) => {
            format!("{} [{}, {}]", signed(value, places), signed(low, places), signed(high, places))
        }
        (Some(value), ..) => signed(value, places),
        (None, ..) => "undefined".to_owned(),
    }
}

/// A number with so many places; the whole part in groups of thousands, and no sign on what rounds to 0.
pub(super) fn number(value: f64, places: usize) -> String {
    let text = format!("{:.places$}", value.abs());
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(whole, _)| (whole, &text[whole.len()..]));
    let is_zero = text.bytes().all(|it| matches!(it, b'0' | b'.'));
    let sign = if value < 0.0 && !is_zero { "-" } else { "" };
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), thousands);
    format!("{sign}{whole}{rest}")
}

/// A number by itself, to four digits, without zeros at its end.
pub(super) fn plain(value: f64) -> String {
    let places = match value.abs() {
        ..10.0 => 4,
        ..100.0 => 2,
        ..1000.0 => 1,
        _ => 0,
    };
    let text = number(value, places);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A number to four digits, however small it is.
pub(super) fn short(value: f64) -> String {
    if value.abs() >= 1.0 {
        return plain(value);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 3 and 15")]
    let places = (3.0 - value.abs().max(1e-12).log10().floor()).clamp(3.0, 15.0) as usize;
    let text = format!("{value:.places$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn signed(value: f64, places: usize) -> String {
    let text = number(value, places);
    let is_zero = text.bytes().all(|it| matches!(it, b'0' | b'.'));
    if text.starts_with('-') || is_zero { text } else { format!("+{text}") }
}

/// A p value with four places; a smaller one is `<0.0001`.
pub(super) fn p(value: Option<f64>) -> String {
    match value {
        None => NOTHING.to_owned(),
        Some(it) if it < 0.0001 => "<0.0001".to_owned(),
        Some(it) => format!("{it:.4}"),
    }
}

/// A share in percent. `0%` and `100%` mean none and all.
pub(super) fn share(value: Option<f64>) -> String {
    /// Parts of a whole, fine enough to tell all from nearly all.
    const WHOLE: f64 = 1e12;
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and WHOLE")]
    value.map_or_else(|| NOTHING.to_owned(), |it| percent((it.clamp(0.0, 1.0) * WHOLE).round() as i64, WHOLE as i64))
}

/// A mean time in milliseconds.
pub(super) fn time(value: Option<f64>) -> String {
    match value {
        None => NOTHING.to_owned(),
        Some(it) if it < 10.0 => format!("{it:.1} ms"),
        Some(it) if it < 1000.0 => format!("{it:.0} ms"),
        Some(it) => format!("{:.2} s", it / 1000.0),
    }
}

/// A mean count of tokens.
pub(super) fn tokens(value: Option<f64>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), |it| number(it, usize::from(it < 100.0)))
}

/// An amount of US dollars.
pub(super) fn usd(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), crate::view::text::usd)
}

/// The word of a verdict.
pub(super) fn verdict(value: Option<Better>) -> &'static str {
    match value {
        None => NOTHING,
        Some(Better::Better) => "better",
        Some(Better::Worse) => "worse",
        Some(Better::Inconclusive) => "inconclusive",
    }
}

/// A difference in words, without its sign: points of percent for what is 0 or 1, else the number.
pub(super) fn distance(value: f64, metric: Option<&MetricInfo>, places: usize) -> String {
    if metric.is_some_and(|it| it.is_binary) {
        let points = value.abs() * 100.0;
        let places = if points < 0.1 { 3 } else { 1 };
        format!("{} points", number(points, places))
    } else {
        number(value.abs(), places)
    }
}
