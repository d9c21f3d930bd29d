//! A document cut where claims begin and end.

use super::model::Claim;

/// How lines are cited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Nothing cites them.
    Plain,
    /// Only claims name them that do not hold.
    Named,
    /// Only claims cite them that hold, but whose work items were not accepted.
    Refused,
    /// A claim that holds cites them, of an accepted output.
    Cited,
}

impl Mark {
    /// What one claim makes of its lines.
    fn of(claim: &Claim) -> Self {
        match (claim.holds(), claim.is_accepted()) {
            (false, _) => Self::Named,
            (true, false) => Self::Refused,
            (true, true) => Self::Cited,
        }
    }

    /// The class of its style.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Named => "named",
            Self::Refused => "refused",
            Self::Cited => "cited",
        }
    }
}

/// Lines that the same claims cite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub first: i64,
    pub last: i64,
    pub mark: Mark,
    /// The claims that begin at its first line, by their places in the list.
    pub begins: Vec<usize>,
}

/// Cuts a document of so many lines into stretches, which together are all of it. Claims on lines that it or their row
/// does not have are left out.
#[must_use]
pub fn stretches(claims: &[Claim], line_count: i64) -> Vec<Stretch> {
    // At a line: how many more claims that make such a mark cite from there on.
    let mut changes: Vec<(i64, Mark, i64)> = Vec::with_capacity(2 * claims.len());
    let mut begins: Vec<(i64, usize)> = Vec::with_capacity(claims.len());
    for (place, claim) in claims.iter().enumerate() {
        let Some((start, end)) = claim.within(line_count) else { continue };
        changes.push((start, Mark::of(claim), 1));
        changes.push((end + 1, Mark::of(claim), -1));
        begins.push((start, place));
    }
    changes.sort_unstable();
    begins.sort_unstable();
    let mut found = Vec::new();
    let (mut counts, mut first) = ([(Mark::Cited, 0_i64), (Mark::Refused, 0), (Mark::Named, 0)], 1_i64);
    let (mut changes, mut begins) = (changes.into_iter().peekable(), begins.into_iter().peekable());
    while first <= line_count {
        while let Some((_, mark, by)) = changes.next_if(|(line, ..)| *line <= first) {
            counts.iter_mut().filter(|(of, _)| *of == mark).for_each(|(_, count)| *count += by);
        }
        let last = changes.peek().map_or(line_count, |(line, ..)| line - 1);
        let mark = counts.iter().find(|(_, count)| *count > 0).map_or(Mark::Plain, |(mark, _)| *mark);
        let mut here = Vec::new();
        while let Some((_, place)) = begins.next_if(|(line, _)| *line <= first) {
            here.push(place);
        }
        found.push(Stretch { first, last, mark, begins: here });
        first = last + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::model::{ClaimedLines, RowLines};
    use super::*;

    fn claim(start: i64, end: i64, holds: bool) -> Claim {
        Claim {
            work_id: String::new(),
            standing: 1,
            step: String::new(),
            item_status: if holds { "accepted" } else { "rejected" }.to_owned(),
            path: String::new(),
            status: "exact".to_owned(),
            quote: String::new(),
            lines: ClaimedLines { start: Some(start), end: Some(end) },
            cited: ClaimedLines { start: None, end: None },
            row: RowLines { first: 1, last: None },
        }
    }

    fn cut(claims: &[Claim], lines: i64) -> Vec<(i64, i64, Mark, Vec<usize>)> {
        stretches(claims, lines).into_iter().map(|it| (it.first, it.last, it.mark, it.begins)).collect()
    }

    #[test]
    fn a_document_that_nothing_cites_is_one_stretch() {
        assert_eq!(cut(&[], 9), [(1, 9, Mark::Plain, vec![])]);
        assert_eq!(cut(&[], 0), []);
    }

    #[test]
    fn claims_that_hold_win_over_those_that_do_not() {
        let claims = [claim(2, 4, true), claim(3, 6, false), claim(3, 3, true), claim(9, 9, false)];
        assert_eq!(
            cut(&claims, 9),
            [
                (1, 1, Mark::Plain, vec![]),
                (2, 2, Mark::Cited, vec![0]),
                (3, 3, Mark::Cited, vec![1, 2]),
                (4, 4, Mark::Cited, vec![]),
                (5, 6, Mark::Refused, vec![]),
                (7, 8, Mark::Plain, vec![]),
                (9, 9, Mark::Refused, vec![3]),
            ]
        );
    }

    #[test]
    fn a_claim_that_does_not_hold_marks_no_lines_of_another_row() {
        let not_found = |first, last| Claim {
            status: "not_found".to_owned(),
            row: RowLines { first: 3, last: Some(5) },
            ..claim(first, last, true)
        };
        assert_eq!(cut(&[not_found(6, 6)], 9), [(1, 9, Mark::Plain, vec![])]);
        assert_eq!(
            cut(&[not_found(3, 5), claim(4, 4, false)], 6),
            [
                (1, 2, Mark::Plain, vec![]),
                (3, 3, Mark::Named, vec![0]),
                (4, 4, Mark::Refused, vec![1]),
                (5, 5, Mark::Named, vec![]),
                (6, 6, Mark::Plain, vec![])
            ]
        );
    }

    #[test]
    fn lines_that_are_not_there_mark_nothing() {
        for (first, last) in [(0, 2), (-3, -1), (4, 3), (5, 5), (1, 9), (i64::MAX, i64::MAX)] {
            assert_eq!(cut(&[claim(first, last, false)], 4), [(1, 4, Mark::Plain, vec![])], "{first} {last}");
        }
    }

    #[test]
    fn many_claims_on_the_same_lines_are_few_stretches() {
        let claims: Vec<Claim> = (0..50_000).map(|_| claim(10, 20, true)).collect();
        let found = cut(&claims, 30);
        assert_eq!(found.iter().map(|it| it.3.len()).collect::<Vec<_>>(), [0, 50_000, 0]);
    }
}
