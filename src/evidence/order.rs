//! [`LineOrder`]: finds the places where a sequence of whole lines stands, without going through the text for each.

use std::collections::HashMap;
use std::ops::Range;

/// All suffixes of a list of lines, sorted, so that a search takes as long as what is searched for.
#[derive(Debug)]
pub(super) struct LineOrder<'a> {
    /// A number for each different line.
    symbols: HashMap<&'a str, u32>,
    /// The lines as these numbers.
    lines: Vec<u32>,
    /// The positions at which the suffixes begin, in the order of the suffixes.
    sorted: Vec<u32>,
}

impl<'a> LineOrder<'a> {
    pub(super) fn of(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut symbols = HashMap::new();
        let mut numbered = Vec::new();
        for line in lines {
            let next = u32::try_from(symbols.len()).unwrap_or(u32::MAX);
            numbered.push(*symbols.entry(line).or_insert(next));
        }
        let sorted = sorted_suffixes(&numbered);
        Self { symbols, lines: numbered, sorted }
    }

    /// Where these lines stand, one after the other, as positions in the order.
    pub(super) fn find<'q>(&self, lines: impl Iterator<Item = &'q str>) -> Range<usize> {
        let mut wanted = Vec::new();
        for line in lines {
            let Some(symbol) = self.symbols.get(line) else { return 0..0 };
            wanted.push(*symbol);
        }
        let begins = |at: u32| {
            let suffix = &self.lines[at as usize..];
            suffix[..suffix.len().min(wanted.len())].cmp(&wanted)
        };
        let start = self.sorted.partition_point(|at| begins(*at).is_lt());
        let length = self.sorted[start..].partition_point(|at| begins(*at).is_eq());
        start..start + length
    }

    /// The index of the line at which a place begins.
    pub(super) fn line(&self, place: usize) -> usize {
        self.sorted.get(place).map_or(0, |at| *at as usize)
    }
}

/// The positions of all suffixes, sorted by doubling the length that is compared.
fn sorted_suffixes(symbols: &[u32]) -> Vec<u32> {
    let count = u32::try_from(symbols.len()).unwrap_or(u32::MAX);
    let mut sorted: Vec<u32> = (0..count).collect();
    let mut ranks: Vec<u32> = symbols.to_vec();
    let mut length = 1;
    loop {
        let key = |at: u32| (ranks[at as usize], ranks.get(at as usize + length).map_or(0, |rank| rank + 1));
        sorted.sort_unstable_by_key(|at| key(*at));
        let mut next = vec![0; ranks.len()];
        let mut rank = 0;
        for pair in sorted.windows(2) {
            rank += u32::from(key(pair[0]) != key(pair[1]));
            next[pair[1] as usize] = rank;
        }
        ranks = next;
        if rank + 1 >= count {
            return sorted;
        }
        length *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sequence_of_lines_is_found_where_it_stands() {
        let texts = ["a b a b a", "a a a a a a", "a", "a b c d", "b a n a n a n a"];
        for text in texts {
            let lines: Vec<&str> = text.split(' ').collect();
            let order = LineOrder::of(lines.iter().copied());
            for start in 0..lines.len() {
                for end in start + 1..=lines.len() {
                    let wanted = &lines[start..end];
                    let mut found: Vec<usize> =
                        order.find(wanted.iter().copied()).map(|place| order.line(place)).collect();
                    found.sort_unstable();
                    let expected: Vec<usize> = (0..lines.len()).filter(|at| lines[*at..].starts_with(wanted)).collect();
                    assert_eq!(found, expected, "{wanted:?} in {text}");
                }
            }
            assert!(order.find(["z"].into_iter()).is_empty());
            assert!(order.find(lines.iter().copied().chain(["a"])).is_empty());
        }
    }
}
