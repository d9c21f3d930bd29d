//! How alike texts are, by their letters and words alone: near-duplicates of a list, and the texts nearest to another.
//!
//! [`first_alike`] finds the near-duplicates of a list, [`alike_among`] those that it has in another, [`nearest()`] the
//! texts that are nearest to another. Texts are
//! folded first (`folding`), and what must not differ between near-duplicates, numbers and negation, is taken out of
//! them by small tables of words (`words`). `features` has the likeness of two texts.
//!
//! Pure functions, without a model, chance or floating-point functions that differ between platforms: the same texts
//! give the same results everywhere. This room depends on no other room.

mod alike;
mod features;
mod folding;
mod nearest;
mod words;

pub use alike::{alike_among, first_alike};
pub use nearest::nearest;
