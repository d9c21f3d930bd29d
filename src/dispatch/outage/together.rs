//! What failed requests tell together, while nothing that was sent after them is answered.

use std::collections::HashMap;

use super::request::{Failing, is_turned_away};
use crate::provider::ProviderErrorKind;

/// This many requests that fail, with no answer since, are an outage and not at fault themselves.
pub(super) const SEVERAL: usize = 4;

/// Whether what failed in passing is an outage: one request that was turned away for load or has no connection, or
/// several, whatever is said of each. Responses that cannot be read have to be several in the same words.
pub(super) fn is_outage<'a>(failing: impl Iterator<Item = &'a Failing>) -> bool {
    let mute: Vec<&Failing> = failing.filter(|it| it.is_mute()).collect();
    let failed = mute.iter().filter(|it| it.kind != ProviderErrorKind::InvalidResponse).count();
    let are_same = mute.windows(2).all(|pair| pair[0].words == pair[1].words);
    mute.iter().any(|it| is_turned_away(it.kind)) || failed >= SEVERAL || (are_same && mute.len() >= SEVERAL)
}

/// Whether several are refused, and nothing says that it is for themselves: all with the status of a key or an account,
/// or in the same words.
pub(super) fn are_refused<'a>(failing: impl Iterator<Item = &'a Failing>) -> bool {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for it in failing.filter(|it| it.is_new_refusal()) {
        let words = if it.kind == ProviderErrorKind::Refused { "" } else { it.words.as_str() };
        *counts.entry(words).or_default() += 1;
    }
    counts.values().any(|count| *count >= SEVERAL)
}

/// Whether all that fails in passing is late, and too little to be an outage: a slow row fails for itself in the end.
pub(super) fn are_late<'a>(failing: impl Iterator<Item = &'a Failing>) -> bool {
    let mute: Vec<&Failing> = failing.filter(|it| it.is_mute()).collect();
    (1..SEVERAL).contains(&mute.len()) && mute.iter().all(|it| it.kind == ProviderErrorKind::Timeout)
}
