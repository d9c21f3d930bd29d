//! Draws with replacement from items of which many may be equal.

use super::random::Random;

/// The items that are drawn one by one, at most: their numbers then take ten random bits each.
const BLOCK: usize = 1024;
const BLOCK_BITS: u32 = BLOCK.trailing_zeros();

/// So many equal items and more are drawn together.
const LONG_RUN: usize = 64;

/// Draws n of n items with replacement, where equal items stand beside each other.
///
/// The draws are shared out along a tree over the items: how many fall into its left half is a binomial number. A long
/// run of equal items is one leaf, so that a draw from few distinct values costs as good as nothing; items that differ
/// are drawn one by one in blocks that fit the nearest cache.
#[derive(Debug)]
pub(super) struct Resampler<T> {
    items: Vec<T>,
    root: Node,
}

#[derive(Debug)]
enum Node {
    /// Equal items, of which this is the first.
    Same(usize),
    Block {
        first: usize,
        end: usize,
    },
    Split {
        left_items: u64,
        items: u64,
        left: Box<Node>,
        right: Box<Node>,
    },
}

impl<T: Copy + PartialEq> Resampler<T> {
    /// `items`: equal ones beside each other. `None` of no items.
    pub(super) fn new(items: Vec<T>) -> Option<Self> {
        let mut end = 0;
        let ends = items.chunk_by(|a, b| a == b).map(|run| {
            end += run.len();
            end
        });
        let runs = Runs { ends: ends.collect() };
        let root = (!items.is_empty()).then(|| runs.node(0, items.len()))?;
        Some(Self { items, root })
    }

    /// Draws once. `take` gets an item and how often it is drawn; equal items may come several times.
    pub(super) fn draw(&self, random: &mut Random, take: &mut impl FnMut(T, u64)) {
        self.follow(&self.root, self.items.len() as u64, random, take);
    }

    fn follow(&self, node: &Node, times: u64, random: &mut Random, take: &mut impl FnMut(T, u64)) {
        match node {
            _ if times == 0 => {}
            Node::Same(first) => {
                if let Some(item) = self.items.get(*first) {
                    take(*item, times);
                }
            }
            Node::Block { first, end } => {
                draw_each(self.items.get(*first..*end).unwrap_or_default(), times, random, take);
            }
            Node::Split { left_items, items, left, right } => {
                let on_left = random.binomial(times, *left_items, *items);
                self.follow(left, on_left, random, take);
                self.follow(right, times - on_left, random, take);
            }
        }
    }
}

/// Where each run of equal items ends.
struct Runs {
    ends: Vec<usize>,
}

impl Runs {
    /// Begin and end of the run that has the item at `place`, within `first` and `end`.
    fn run_at(&self, place: usize, first: usize, end: usize) -> (usize, usize) {
        let run = self.ends.partition_point(|it| *it <= place);
        let start = run.checked_sub(1).and_then(|it| self.ends.get(it)).copied().unwrap_or(0);
        (start.max(first), self.ends.get(run).copied().unwrap_or(end).min(end))
    }

    fn node(&self, first: usize, end: usize) -> Node {
        if self.run_at(first, first, end).1 == end {
            return Node::Same(first);
        }
        let items = end - first;
        let runs = self.ends.partition_point(|it| *it < end) - self.ends.partition_point(|it| *it <= first) + 1;
        let has_long_runs = items / runs >= LONG_RUN;
        if items <= BLOCK && !has_long_runs {
            return Node::Block { first, end };
        }
        // Whole blocks on the left, a power of two of them, so that most halves are true halves.
        let blocks = items.div_ceil(BLOCK).next_power_of_two() / 2;
        let middle = if blocks == 0 { first + items / 2 } else { first + blocks * BLOCK };
        let (start, stop) = self.run_at(middle, first, end);
        let cut = if stop - start < LONG_RUN && !has_long_runs {
            middle
        } else if start > first && (middle - start <= stop - middle || stop == end) {
            start
        } else {
            stop
        };
        let (left, right) = (self.node(first, cut), self.node(cut, end));
        let (left_items, items) = ((cut - first) as u64, items as u64);
        Node::Split { left_items, items, left: Box::new(left), right: Box::new(right) }
    }
}

/// Draws `times` of at most [`BLOCK`] items one by one.
#[expect(clippy::cast_possible_truncation, reason = "only the lowest ten bits are kept")]
fn draw_each<T: Copy>(items: &[T], times: u64, random: &mut Random, take: &mut impl FnMut(T, u64)) {
    const IN_ONE: u32 = u64::BITS / BLOCK_BITS;
    let mut left = times;
    if let Ok(block) = <&[T; BLOCK]>::try_from(items) {
        while left >= u64::from(IN_ONE) {
            let bits = random.bits();
            for at in 0..IN_ONE {
                take(block[(bits >> (at * BLOCK_BITS)) as usize % BLOCK], 1);
            }
            left -= u64::from(IN_ONE);
        }
    }
    // Numbers that are too great are drawn again.
    let mask = items.len().next_power_of_two() - 1;
    while left > 0 {
        let mut bits = random.bits();
        for _ in 0..IN_ONE {
            let place = bits as usize & mask;
            bits >>= BLOCK_BITS;
            if let Some(item) = items.get(place).filter(|_| left > 0) {
                take(*item, 1);
                left -= 1;
            }
        }
    }
}
