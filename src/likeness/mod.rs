//! How alike texts are, by their letters and words alone: near-duplicates of a list, and the texts nearest to another.
//!
//! [`likeness`] compares two texts, [`first_alike`] finds the near-duplicates of a list, [`nearest`] orders texts by how
//! near they are to another. Texts are folded first (`folding`), and what must not differ between near-duplicates,
//! numbers and negation, is taken out of them by small tables of words (`words`).
//!
//! Pure functions, without a model, chance or floating-point functions that differ between platforms: the same texts
//! give the same results everywhere. This room depends on no other room.

mod alike;
mod features;
mod folding;
mod nearest;
mod words;

pub use alike::{TooMuchToCompare, first_alike};
pub use features::likeness;
pub use nearest::nearest;
