//! The texts that are nearest to another: [`nearest`].

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use super::features::Features;

/// How much more a shared word says than a shared run of three characters.
const WORD: f64 = 2.0;

/// The positions of the `count` texts that are nearest to `to`, the nearest first; of equally near ones, the first in
/// the list. Where there are fewer texts, all of them.
///
/// Nearness is the cosine of the words and the runs of three characters of the two texts, each weighted by how few
/// texts of the list have it (the square root of texts over texts that have it). Numbers and negation count as the
/// words that they are.
#[must_use]
pub fn nearest<S: AsRef<str>>(texts: &[S], to: &str, count: usize) -> Vec<usize> {
    let all: Vec<BTreeSet<Part>> = texts.iter().map(|text| parts(&Features::of(text.as_ref()))).collect();
    let mut spread: HashMap<&Part, usize> = HashMap::new();
    for part in all.iter().flatten() {
        *spread.entry(part).or_default() += 1;
    }
    let weight = |part: &Part| {
        let rarity = spread.get(part).map_or(0.0, |having| (decimal(all.len()) / decimal(*having)).sqrt());
        if matches!(part, Part::Word(_)) { WORD * rarity } else { rarity }
    };
    let sought = parts(&Features::of(to));
    let nearness = |text: &BTreeSet<Part>| {
        let shared: f64 = text.intersection(&sought).map(weight).sum();
        // The length of what is sought is the same for all.
        let length: f64 = text.iter().map(weight).sum::<f64>().sqrt();
        if length > 0.0 { shared / length } else { 0.0 }
    };
    let mut ranked: Vec<(f64, usize)> = all.iter().map(nearness).zip(0..).collect();
    let order = |one: &(f64, usize), other: &(f64, usize)| match other.0.total_cmp(&one.0) {
        Ordering::Equal => one.1.cmp(&other.1),
        order => order,
    };
    ranked.sort_by(order);
    ranked.truncate(count);
    ranked.into_iter().map(|(_, at)| at).collect()
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Word(String),
    Run([char; 3]),
}

fn parts(features: &Features) -> BTreeSet<Part> {
    let words = features.words.iter().cloned().map(Part::Word);
    words.chain(features.trigrams.iter().copied().map(Part::Run)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a list has far fewer than 2^53 elements")]
fn decimal(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_texts_come_first() {
        let policies = [
            "The assistant must not promise a delivery date",
            "Refunds of double charges are made within 14 days",
            "Escalate threats to a person",
            "Answer in the customer's language",
            "Отвечать на языке клиента",
        ];
        assert_eq!(nearest(&policies, "My card shows a double charge; is it refunded?", 2)[0], 1);
        assert_eq!(nearest(&policies, "When will my parcel be delivered?", 1), [0]);
        assert_eq!(nearest(&policies, "клиент пишет на другом языке", 1), [4]);
        assert_eq!(nearest(&policies, "", 2), [0, 1], "equally far ones in their order");
        assert_eq!(nearest(&policies, "refund", 9).len(), 5);
        assert!(nearest::<&str>(&[], "refund", 3).is_empty());
    }
}
