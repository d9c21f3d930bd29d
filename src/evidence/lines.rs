//! The lines of a row, as claims name them: [`RowLines`].

use std::cell::OnceCell;
use std::ops::Range;

use super::order::LineOrder;

/// The lines of a row, counted from 1. Where lines stand is looked up in an index that is made once, when it is needed.
#[derive(Debug)]
pub struct RowLines<'a> {
    text: &'a str,
    /// Where each line begins and ends in the text.
    places: Vec<Range<usize>>,
    as_they_are: OnceCell<LineOrder<'a>>,
    trimmed: OnceCell<LineOrder<'a>>,
}

impl<'a> RowLines<'a> {
    /// The lines of a text in which LF stands between them.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        let mut start = 0;
        let place = |line: &str| {
            let place = start..start + line.len();
            start = place.end + 1;
            place
        };
        let places = text.split('\n').map(place).collect();
        Self { text, places, as_they_are: OnceCell::new(), trimmed: OnceCell::new() }
    }

    /// The number of the last line.
    pub(super) fn last(&self) -> i64 {
        as_line(self.places.len().saturating_sub(1))
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The text of the lines from `first` to `last`, joined by LF; `None` if they are not lines of the row.
    #[must_use]
    pub fn joined(&self, first: i64, last: i64) -> Option<&'a str> {
        let index = |line: i64| usize::try_from(line).ok()?.checked_sub(1);
        let (first, last) = (self.places.get(index(first)?)?, self.places.get(index(last)?)?);
        self.text.get(first.start..last.end)
    }

    /// The number of the line in which the byte `offset` of the text stands.
    pub(super) fn number_at(&self, offset: usize) -> i64 {
        as_line(self.places.partition_point(|place| place.start <= offset).saturating_sub(1))
    }

    /// Each line with its number.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (i64, &'a str)> {
        (1..).zip(self.places.iter().map(|place| &self.text[place.clone()]))
    }

    /// The numbers of the first `most` lines at which `quote` begins to stand as whole lines, in order.
    #[must_use]
    pub fn starts_of(&self, quote: &str, most: usize) -> Vec<i64> {
        self.standing(quote, false).first(most)
    }

    /// Where the lines of `quote` stand as whole lines: the numbers of the lines at which they begin.
    pub(super) fn standing(&self, quote: &str, is_trimmed: bool) -> Standing<'_, 'a> {
        let lines = || self.places.iter().map(|place| &self.text[place.clone()]);
        if is_trimmed {
            let order = self.trimmed.get_or_init(|| LineOrder::of(lines().map(str::trim)));
            Standing { order, places: order.find(quote.split('\n').map(str::trim)) }
        } else {
            let order = self.as_they_are.get_or_init(|| LineOrder::of(lines()));
            Standing { order, places: order.find(quote.split('\n')) }
        }
    }
}

/// The places where a quote stands.
pub(super) struct Standing<'l, 'a> {
    order: &'l LineOrder<'a>,
    places: Range<usize>,
}

impl Standing<'_, '_> {
    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    /// The first line of the only place; `None` if there are none or several.
    pub(super) fn only(&self) -> Option<i64> {
        (self.places.len() == 1).then(|| as_line(self.order.line(self.places.start)))
    }

    /// The first lines of the first `most` places, in the order of the text.
    pub(super) fn first(&self, most: usize) -> Vec<i64> {
        let mut lines: Vec<i64> = self.places.clone().map(|place| as_line(self.order.line(place))).collect();
        lines.sort_unstable();
        lines.truncate(most);
        lines
    }
}

fn as_line(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1)
}
