//! Statistics as pure functions over numbers and labels. What is undefined is `None`, never 0 or NaN, and so is the
//! result of numbers that are NaN or infinite.
//!
//! [`McNemar`] tests paired answers that are right or wrong, [`Bootstrap`] paired numbers, [`resample_counts`] what is
//! no mean. [`wilson()`] is the interval of a share, [`holm`] adjusts the p values of a family, [`pairs_for_shares`]
//! and [`pairs_for_means`] say how many pairs a difference needs. [`Confusion`] and [`LabelCounts`] have precision,
//! recall and F1; [`cohen_kappa`], [`fleiss_kappa`] and [`krippendorff_alpha`] the agreement of raters.
//! `docs/statistics.md` says which rule is meant where several are met.
//!
//! The same numbers and seed give the same result on every machine: randomness is a generator of this room, and
//! logarithms and the like are computed in software (`libm`). This room depends on no other room.

mod adjust;
mod agreement;
mod bootstrap;
mod classification;
mod describe;
mod exact;
mod krippendorff;
mod mcnemar;
mod normal;
mod power;
mod random;
mod resample;
mod whole;
mod wilson;

pub use adjust::{benjamini_hochberg, holm};
pub use agreement::{Weights, cohen_kappa, fleiss_kappa, percent_agreement};
pub use bootstrap::{Bootstrap, BootstrapSettings, CountsBootstrap, Sampling, resample_counts};
pub use classification::{Confusion, LabelCounts, f1_macro, f1_micro, precision_macro, recall_macro};
pub use describe::{mean, quantile, standard_deviation};
pub use krippendorff::{Level, krippendorff_alpha, krippendorff_of_labels};
pub use mcnemar::McNemar;
pub use power::{pairs_for_means, pairs_for_shares};
pub use wilson::{Interval, wilson, wilson_corrected};

#[cfg(test)]
mod tests;
