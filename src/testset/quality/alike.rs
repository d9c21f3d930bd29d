//! Texts that say nearly the same.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use serde::Serialize;

use super::named::Named;
use crate::likeness::first_alike;
use crate::testset::fold::folded;
use crate::testset::items::ItemAt;

/// How alike texts are, from 0 to 1, that are named.
const ALIKE: f64 = 0.85;
/// How many different texts of a kind are compared letter by letter; beyond, only equal ones are found.
const COMPARED: usize = 1000;
/// Texts of more bytes are not compared letter by letter.
const LONGEST: usize = 600;

/// Texts with the items that they stand in.
pub(super) type Texts<'t> = Vec<(&'t ItemAt, &'t str)>;

/// The near-duplicates among texts of one kind.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Alike {
    pub of: &'static str,
    /// How many texts there are.
    pub texts: usize,
    /// Texts that are equal to one before, but for case, blanks and marks.
    pub equal: Named,
    /// Texts that are alike to one before.
    pub near: Named,
    /// How many different texts were compared for being alike.
    pub compared: usize,
}

impl Alike {
    pub(super) fn of(of: &'static str, texts: &Texts<'_>) -> Self {
        let mut found = Self { of, texts: texts.len(), equal: Named::default(), near: Named::default(), compared: 0 };
        // Digests in place of the texts keep this small; two texts of one digest are not to be expected.
        let mut firsts: HashMap<u64, &ItemAt> = HashMap::with_capacity(texts.len());
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let (mut places, mut different): (Vec<&ItemAt>, Vec<&str>) = (Vec::new(), Vec::new());
        for (at, text) in texts {
            let words = folded(text);
            let key = if words.is_empty() { hasher.hash_one(text.trim()) } else { hasher.hash_one(&words) };
            if let Some(first) = firsts.get(&key) {
                found.equal.add(|| format!("{} = {}", at.name, first.name));
                continue;
            }
            firsts.insert(key, at);
            if places.len() < COMPARED && text.len() <= LONGEST {
                places.push(at);
                different.push(text);
            }
        }
        // Where too much is alike, the equal ones say enough.
        let alike = first_alike(&different, ALIKE).unwrap_or_default();
        found.compared = alike.len();
        for (at, first) in alike.into_iter().enumerate().filter(|(at, first)| at != first) {
            if let (Some(one), Some(first)) = (places.get(at), places.get(first)) {
                found.near.add(|| format!("{} ~ {}", one.name, first.name));
            }
        }
        found
    }
}
