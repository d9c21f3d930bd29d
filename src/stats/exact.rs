//! The distribution of a bootstrap sum without chance.

use super::whole::number;

/// The most terms that are worked out for one distribution: milliseconds of work.
const MAX_TERMS: u64 = 400_000;

/// The sums of n draws with replacement from n items, each with its probability, in ascending order. `distinct` has the
/// different values of the items, each with how many items have it. `None` where there are too many sums.
pub(super) fn sums(distinct: &[(i64, u64)]) -> Option<Vec<(i64, f64)>> {
    let items: u64 = distinct.iter().map(|(_, count)| count).sum();
    let kinds = distinct.len() as u64;
    // i draws from k values have at least (k − 1) i + 1 different sums, each of which meets all k values again.
    let at_least = items.checked_mul(items)?.checked_mul(kinds.checked_mul(kinds.saturating_sub(1))?)? / 2;
    if at_least > MAX_TERMS {
        return None;
    }
    let mut found = vec![(0, 1.0)];
    let mut worked = 0;
    for _ in 0..items {
        worked += found.len() as u64 * kinds;
        if worked > MAX_TERMS {
            return None;
        }
        found = one_more(&found, distinct, number(items));
    }
    Some(found)
}

fn one_more(sums: &[(i64, f64)], distinct: &[(i64, u64)], items: f64) -> Vec<(i64, f64)> {
    let mut terms: Vec<(i64, f64)> = Vec::with_capacity(sums.len() * distinct.len());
    for (value, count) in distinct {
        let share = number(*count) / items;
        terms.extend(sums.iter().map(|(sum, probability)| (sum + value, probability * share)));
    }
    terms.sort_by_key(|it| it.0);
    terms.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    terms
}
