//! Drawing from strata: [`Draw`].

use std::collections::BTreeMap;

use crate::record::Digest;

/// A work item with its lot.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub(super) lot: Digest,
    pub(super) step: String,
    pub(super) work_id: String,
    pub(super) standing: i64,
}

/// Work items by stratum: of each stratum those with the first lots.
pub(super) struct Draw {
    most: usize,
    strata: BTreeMap<String, Stratum>,
}

#[derive(Default)]
struct Stratum {
    count: u64,
    first: Vec<Drawn>,
}

impl Draw {
    /// A draw of `most` work items.
    pub(super) fn new(most: usize) -> Self {
        Self { most, strata: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, stratum: String, item: Drawn) {
        let stratum = self.strata.entry(stratum).or_default();
        stratum.count += 1;
        if stratum.first.len() < self.most || stratum.first.last().is_some_and(|last| item.lot < last.lot) {
            let place = stratum.first.partition_point(|other| other.lot < item.lot);
            stratum.first.insert(place, item);
            stratum.first.truncate(self.most);
        }
    }

    /// How many were added.
    pub(super) fn count(&self) -> u64 {
        self.strata.values().map(|it| it.count).sum()
    }

    /// The work items that are drawn, stratum by stratum. Each stratum has one as far as there is room, the larger ones
    /// first; the others are shared in proportion.
    pub(super) fn drawn(self) -> Vec<Drawn> {
        let mut shares: Vec<(u64, usize)> = self.strata.values().map(|it| (it.count, 0)).collect();
        for _ in 0..self.most {
            // The stratum with most work items for each that is drawn; one without any comes before all others.
            let next = (0..shares.len()).filter(|at| shares[*at].0 > shares[*at].1 as u64).max_by(|one, other| {
                let of = |at: &usize| shares[*at];
                let ((count, share), (others, other_share)) = (of(one), of(other));
                (share == 0)
                    .cmp(&(other_share == 0))
                    .then_with(|| (count * (other_share as u64 + 1)).cmp(&(others * (share as u64 + 1))))
                    .then(other.cmp(one))
            });
            match next.and_then(|at| shares.get_mut(at)) {
                Some((_, share)) => *share += 1,
                None => break,
            }
        }
        self.strata.into_values().zip(shares).flat_map(|(it, (_, share))| it.first.into_iter().take(share)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn drawn(most: usize, counts: &[(&str, usize)]) -> Vec<usize> {
        let mut draw = Draw::new(most);
        for (stratum, count) in counts {
            for at in 0..*count {
                let work_id = format!("{stratum}{at}");
                let lot = Digest::of_value(&json!(work_id));
                let item = Drawn { lot, step: String::new(), work_id, standing: 0 };
                draw.add((*stratum).to_owned(), item);
            }
        }
        let drawn = draw.drawn();
        counts.iter().map(|(stratum, _)| drawn.iter().filter(|it| it.work_id.starts_with(stratum)).count()).collect()
    }

    #[test]
    fn every_stratum_has_some_and_the_rest_is_in_proportion() {
        assert_eq!(drawn(10, &[("a", 90), ("b", 9), ("c", 1)]), [8, 1, 1]);
        assert_eq!(drawn(10, &[("a", 50), ("b", 50)]), [5, 5]);
        assert_eq!(drawn(2, &[("a", 1), ("b", 5), ("c", 9)]), [0, 1, 1]);
        assert_eq!(drawn(30, &[("a", 2), ("b", 3)]), [2, 3]);
        assert_eq!(drawn(0, &[("a", 2)]), [0]);
    }
}
