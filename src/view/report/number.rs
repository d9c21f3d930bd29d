//! Numbers as people read them, written as the terminal writes them: with thousands separators, shares that round
//! honestly, and unknown as `unknown`.

use std::fmt::{self, Display};

use crate::view::text;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub i64);

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        f.pad(&format!("{sign}{}", text::thousands(self.0.unsigned_abs())))
    }
}

impl std::iter::Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        Self(counts.map(|count| count.0).sum())
    }
}

/// A part of a whole, both counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    pub part: Count,
    pub whole: Count,
}

impl Share {
    #[must_use]
    pub fn new(part: i64, whole: i64) -> Self {
        Self { part: Count(part), whole: Count(whole) }
    }

    #[must_use]
    pub fn percent(&self) -> Percent {
        Percent(*self)
    }

    /// The share in thousandths, for drawing; 0 only if the part is 0.
    #[must_use]
    pub fn thousandths(&self) -> i64 {
        if self.whole.0 <= 0 || self.part.0 <= 0 {
            return 0;
        }
        let exact = i128::from(self.part.0) * 1000 / i128::from(self.whole.0);
        i64::try_from(exact.clamp(1, 1000)).unwrap_or(1000)
    }
}

/// A share in percent with one decimal. `0%` and `100%` mean none and all; what only rounds to them is `<0.1%` or
/// `>99.9%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percent(Share);

impl Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&text::percent(self.0.part.0, self.0.whole.0))
    }
}

/// An amount of US dollars; `None` is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usd(pub Option<f64>);

impl Usd {
    /// Whether the amount is known and more than zero.
    #[must_use]
    pub fn is_more(&self) -> bool {
        self.0.is_some_and(|amount| amount > 0.0)
    }
}

impl Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.pad("unknown"),
            Some(amount) => f.pad(&text::usd(amount)),
        }
    }
}

/// Any number, to four significant digits or two places, and with as many places as tell it from others that differ by
/// a hundredth of `spread`.
#[must_use]
pub fn decimal_within(value: f64, spread: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    #[expect(clippy::cast_possible_truncation, reason = "its bounds are checked")]
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return Count(value as i64).to_string();
    }
    if !(1e-6..1e15).contains(&value.abs()) {
        return format!("{value:.3e}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 9")]
    let places =
        (3.0 - value.abs().log10().floor()).max(2.0).max(2.0 - spread.log10().floor()).clamp(0.0, 9.0) as usize;
    let text = format!("{:.places$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if value < 0.0 { "-" } else { "" };
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), text::thousands);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// A duration in milliseconds; `None` is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Millis(pub Option<i64>);

impl Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.pad("unknown"),
            Some(ms) if ms < 1000 => f.pad(&format!("{ms} ms")),
            Some(ms) if ms < 100_000 => f.pad(&format!("{}.{:02} s", ms / 1000, ms % 1000 / 10)),
            Some(ms) => f.pad(&format!("{} s", Count(ms / 1000))),
        }
    }
}

/// Returns the first `longest` characters of a text, and how many more there are.
#[must_use]
pub fn cut(text: &str, longest: usize) -> (&str, Count) {
    match text.char_indices().nth(longest) {
        None => (text, Count(0)),
        Some((at, _)) => (&text[..at], Count(i64::try_from(text[at..].chars().count()).unwrap_or(i64::MAX))),
    }
}

/// Returns the first `longest` characters of a text; a longer one ends with how many more there are.
#[must_use]
pub fn clipped(text: &str, longest: usize) -> String {
    match cut(text, longest) {
        (all, Count(0)) => all.to_owned(),
        (head, more) => format!("{head} … {more} characters more"),
    }
}

/// Writes every invisible character of a page as an escape like `\u{202e}`: control characters, changes of writing
/// direction, characters without a width. Line ends and tabs stay.
#[must_use]
pub fn show_invisible(page: String) -> String {
    if !page.chars().any(is_invisible) {
        return page;
    }
    let page = page.replace("\r\n", "\n");
    let mut shown = String::with_capacity(page.len() + 64);
    for character in page.chars() {
        if is_invisible(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn is_invisible(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thousands_stand_apart() {
        let table = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000")];
        for (number, text) in table {
            assert_eq!(Count(number).to_string(), text);
        }
        assert!(Count(i64::MIN).to_string().starts_with('-'));
    }

    #[test]
    fn none_and_all_are_only_said_of_none_and_all() {
        let table = [
            (0, 0, "–"),
            (0, 5, "0%"),
            (5, 5, "100%"),
            (1, 3, "33.3%"),
            (2, 3, "66.7%"),
            (1, 1_000_000, "<0.1%"),
            (999_999, 1_000_000, ">99.9%"),
            (1, 8, "12.5%"),
            (i64::MAX - 1, i64::MAX, ">99.9%"),
        ];
        for (part, whole, text) in table {
            assert_eq!(Share::new(part, whole).percent().to_string(), text);
        }
    }

    #[test]
    fn unknown_is_never_zero() {
        assert_eq!(Usd(None).to_string(), "unknown");
        assert_eq!(Usd(Some(0.0)).to_string(), "$0");
        assert_eq!(Usd(Some(0.000_000_1)).to_string(), "<$0.000001");
        assert_eq!(Usd(Some(0.012_345)).to_string(), "$0.0123");
        assert_eq!(Usd(Some(12_345.678)).to_string(), "$12,345.68");
        assert_eq!(Millis(None).to_string(), "unknown");
        assert_eq!(Millis(Some(12)).to_string(), "12 ms");
        assert_eq!(Millis(Some(27_810)).to_string(), "27.81 s");
    }

    #[test]
    fn any_number_has_few_digits() {
        let table = [
            (0.0, "0"),
            (3.0, "3"),
            (-1234.0, "-1,234"),
            (2.5, "2.5"),
            (61.666_666, "61.67"),
            (1234.567, "1,234.57"),
            (-2010.5, "-2,010.5"),
            (0.012_345_6, "0.01235"),
            (0.000_000_01, "1.000e-8"),
            (1e300, "1.000e300"),
        ];
        for (number, text) in table {
            assert_eq!(decimal_within(number, f64::INFINITY), text);
        }
        assert_eq!((decimal_within(100.001, 9.0), decimal_within(100.001, 0.019)), ("100".into(), "100.001".into()));
    }

    #[test]
    fn what_cannot_be_seen_is_written() {
        assert_eq!(show_invisible("a\u{202e}b\u{7}\r\nc\td".into()), "a\\u{202e}b\\u{7}\nc\td");
        assert_eq!(show_invisible("عربي 👩\u{200d}🔬".into()), "عربي 👩\u{200d}🔬");
    }

    proptest! {
        #[test]
        fn a_cut_loses_nothing_unsaid(text in "\\PC{0,40}", longest in 0usize..50) {
            let (head, more) = cut(&text, longest);
            prop_assert!(text.starts_with(head));
            let more = usize::try_from(more.0).unwrap();
            prop_assert_eq!(head.chars().count() + more, text.chars().count());
            prop_assert_eq!(clipped(&text, longest) == text, more == 0);
        }

        #[test]
        fn a_share_draws_between_nothing_and_all(part in any::<i64>(), whole in any::<i64>()) {
            prop_assert!((0..=1000).contains(&Share::new(part, whole).thousandths()));
        }
    }
}
