//! Draws with replacement from items of which many may be equal.

use super::random::Random;

/// The items that are drawn one by one, at most: their numbers then take ten random bits each.
const BLOCK: usize = 1024;
const BLOCK_BITS: u32 = BLOCK.trailing_zeros();

/// Draws n of n items with replacement, where equal items stand beside each other.
///
/// The draws are shared out along a tree over the items: how many fall into its left half is a binomial number. A run of
/// equal items is one leaf, however long, so that a draw from few distinct values costs as good as nothing; items that
/// differ are drawn one by one in blocks that fit the nearest cache.
#[derive(Debug)]
pub(super) struct Resampler {
    items: u64,
    root: Node,
}

#[derive(Debug)]
enum Node {
    /// Equal items, of which this is the first.
    Same(usize),
    Block {
        first: usize,
        items: usize,
    },
    Split {
        left_items: u64,
        items: u64,
        left: Box<Node>,
        right: Box<Node>,
    },
}

impl Resampler {
    /// `starts`: the place at which each run of equal items begins, in ascending order and from 0; `items`: how many
    /// there are on the whole. `None` of no items.
    pub(super) fn new(starts: &[usize], items: usize) -> Option<Self> {
        (items > 0 && starts.first() == Some(&0))
            .then(|| Self { items: items as u64, root: Node::over(starts, 0, items) })
    }

    /// Draws once. `take` gets the place of a drawn item (or of the first that is equal to it) and how often it is drawn;
    /// an item may come several times.
    pub(super) fn draw(&self, random: &mut Random, take: &mut impl FnMut(usize, u64)) {
        self.root.draw(self.items, random, take);
    }
}

impl Node {
    fn over(starts: &[usize], first: usize, end: usize) -> Self {
        let run_of = |place: usize| {
            let run = starts.partition_point(|it| *it <= place);
            let start = run.checked_sub(1).and_then(|it| starts.get(it)).copied().unwrap_or(0);
            (start.max(first), starts.get(run).copied().unwrap_or(end).min(end))
        };
        let items = end - first;
        if run_of(first).1 == end {
            return Self::Same(first);
        }
        if items <= BLOCK {
            return Self::Block { first, items };
        }
        // Whole blocks on the left, a power of two of them, so that most halves are true halves.
        let blocks = items.div_ceil(BLOCK).next_power_of_two() / 2;
        let middle = first + blocks * BLOCK;
        // A long run is not cut.
        let (start, stop) = run_of(middle);
        let cut = match stop - start < BLOCK {
            true => middle,
            false if start > first && (middle - start <= stop - middle || stop == end) => start,
            false => stop,
        };
        let (left, right) = (Self::over(starts, first, cut), Self::over(starts, cut, end));
        Self::Split {
            left_items: (cut - first) as u64,
            items: items as u64,
            left: Box::new(left),
            right: Box::new(right),
        }
    }

    fn draw(&self, times: u64, random: &mut Random, take: &mut impl FnMut(usize, u64)) {
        match self {
            _ if times == 0 => {}
            Self::Same(first) => take(*first, times),
            Self::Block { first, items } => draw_each(*first, *items, times, random, take),
            Self::Split { left_items, items, left, right } => {
                let on_left = random.binomial(times, *left_items, *items);
                left.draw(on_left, random, take);
                right.draw(times - on_left, random, take);
            }
        }
    }
}

/// Draws `times` of at most [`BLOCK`] items one by one.
#[expect(clippy::cast_possible_truncation, reason = "only the lowest ten bits are kept")]
#[inline]
fn draw_each(first: usize, items: usize, times: u64, random: &mut Random, take: &mut impl FnMut(usize, u64)) {
    const IN_ONE: u32 = u64::BITS / BLOCK_BITS;
    let mut left = times;
    if items == BLOCK {
        while left >= u64::from(IN_ONE) {
            let bits = random.bits();
            for at in 0..IN_ONE {
                take(first + ((bits >> (at * BLOCK_BITS)) as usize & (BLOCK - 1)), 1);
            }
            left -= u64::from(IN_ONE);
        }
    }
    // Numbers that are too great are drawn again.
    let mask = items.next_power_of_two() - 1;
    while left > 0 {
        let mut bits = random.bits();
        for _ in 0..IN_ONE {
            let place = bits as usize & mask;
            bits >>= BLOCK_BITS;
            if place < items && left > 0 {
                take(first + place, 1);
                left -= 1;
            }
        }
    }
}
