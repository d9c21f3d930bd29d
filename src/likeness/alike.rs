//! The near-duplicates of a list of texts ([`first_alike`]), and those that one list has of another ([`alike_among`]).

use std::collections::HashMap;
use std::hash::Hash;

use super::features::{Features, dice, mean, sorted};

/// The most comparisons of parts of texts for one list: some seconds of work.
const MAX_STEPS: u64 = 3_000_000_000;

/// The texts of a list share so much that finding near-duplicates would take too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} texts share too much to be compared with each other; raise the likeness that is asked for")]
pub struct TooMuchToCompare {
    pub count: usize,
}

/// Finds near-duplicates: for each of `texts`, the position of the text that stands for it, which is its own where it
/// is the first of its kind.
///
/// A text that is alike to several that stand for themselves belongs to the one that it is most alike to, of equally
/// alike ones to the first. `at_least` is from above 0 up to 1. Texts are only compared where they have rare runs of
/// three characters in common, so that the time grows little faster than their number.
pub fn first_alike<S: AsRef<str>>(texts: &[S], at_least: f64) -> Result<Vec<usize>, TooMuchToCompare> {
    let all = numbered(texts);
    let mut search = Search::new(&all, at_least);
    let mut firsts = Vec::with_capacity(all.len());
    for (index, text) in all.iter().enumerate() {
        let found = search.most_alike(text).ok_or(TooMuchToCompare { count: all.len() })?;
        firsts.push(found.unwrap_or(index));
        if found.is_none() {
            search.add(index, text);
        }
    }
    Ok(firsts)
}

/// For each of `asked`, the position of the text of `known` that it is most alike to, of equally alike ones the first;
/// `None` where none is alike enough. The bounds are those of [`first_alike`].
pub fn alike_among<S: AsRef<str>>(
    known: &[S],
    asked: &[S],
    at_least: f64,
) -> Result<Vec<Option<usize>>, TooMuchToCompare> {
    let texts: Vec<&str> = known.iter().chain(asked).map(AsRef::as_ref).collect();
    let all = numbered(&texts);
    let (known, asked) = all.split_at(known.len());
    let mut search = Search::new(&all, at_least);
    for (index, text) in known.iter().enumerate() {
        if !search.by_folded.contains_key(text.folded.as_str()) {
            search.add(index, text);
        }
    }
    let found = |text| search.most_alike(text).ok_or(TooMuchToCompare { count: all.len() });
    asked.iter().map(found).collect()
}

/// The features of a text by numbers, each set sorted: a part of fewer texts has the lower number.
struct Numbered {
    folded: String,
    fixed: (Vec<String>, usize),
    trigrams: Vec<u32>,
    words: Vec<u32>,
}

fn numbered<S: AsRef<str>>(texts: &[S]) -> Vec<Numbered> {
    let all: Vec<Features> = texts.iter().map(|text| Features::of(text.as_ref())).collect();
    let trigrams = numbers_of(all.iter().flat_map(|it| it.trigrams.iter().copied()));
    let words = numbers_of(all.iter().flat_map(|it| it.words.iter().cloned()));
    let of = |it: Features| Numbered {
        trigrams: sorted(it.trigrams.iter().filter_map(|part| trigrams.get(part).copied()).collect()),
        words: sorted(it.words.iter().filter_map(|part| words.get(part).copied()).collect()),
        folded: it.folded,
        fixed: it.fixed,
    };
    all.into_iter().map(of).collect()
}

/// A number for each part, the rarest first.
fn numbers_of<T: Ord + Hash + Clone>(parts: impl Iterator<Item = T>) -> HashMap<T, u32> {
    let mut spread: HashMap<T, u32> = HashMap::new();
    for part in parts {
        *spread.entry(part).or_default() += 1;
    }
    let mut ranked: Vec<(u32, T)> = spread.into_iter().map(|(part, count)| (count, part)).collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, part)| part).zip(0..).collect()
}

/// The numbers and the negation of a text, and one of its runs of three characters.
type Key<'a> = (&'a (Vec<String>, usize), u32);

/// The texts that stand for themselves, by their parts.
struct Search<'a> {
    all: &'a [Numbered],
    at_least: f64,
    by_folded: HashMap<&'a str, usize>,
    by_part: HashMap<Key<'a>, Vec<usize>>,
    /// By position, the turn in which each text was compared last, so that no two are compared twice.
    compared: Vec<usize>,
    turn: usize,
    steps: u64,
}

impl<'a> Search<'a> {
    fn new(all: &'a [Numbered], at_least: f64) -> Self {
        let (by_folded, by_part) = (HashMap::new(), HashMap::new());
        Self { all, at_least, by_folded, by_part, compared: vec![0; all.len()], turn: 0, steps: 0 }
    }

    /// The runs of a text of which any text that is alike has at least one: all but the most frequent ones.
    ///
    /// The likeness is the mean of two Dice coefficients, so that of the runs of three characters is at least `least`.
    /// A text of `n` of them then shares at least `n * least / (2 - least)`.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a small number that is not negative"
    )]
    fn telling<'t>(&self, text: &'t Numbered) -> &'t [u32] {
        let least = (2.0 * self.at_least - 1.0).max(0.0);
        let count = text.trigrams.len();
        // A little less, so that rounding never leaves one out.
        let shared = (count as f64 * least / (2.0 - least) - 1e-6).ceil().max(1.0) as usize;
        text.trigrams.get(..(count + 1).saturating_sub(shared)).unwrap_or(&text.trigrams)
    }

    /// The text that this one is most alike to, if it is alike enough; `None` if that takes too long to say.
    #[expect(clippy::option_option, reason = "there is none, or nobody looked to the end")]
    fn most_alike(&mut self, text: &'a Numbered) -> Option<Option<usize>> {
        if let Some(same) = self.by_folded.get(text.folded.as_str()) {
            return Some(Some(*same));
        }
        if self.at_least >= 1.0 {
            return Some(None);
        }
        self.turn += 1;
        let mut best: Option<(f64, usize)> = None;
        for &part in self.telling(text) {
            for &other in self.by_part.get(&(&text.fixed, part)).map_or(&[][..], Vec::as_slice) {
                self.steps += 1;
                let (Some(compared), Some(there)) = (self.compared.get_mut(other), self.all.get(other)) else {
                    continue;
                };
                if std::mem::replace(compared, self.turn) == self.turn {
                    continue;
                }
                self.steps += (text.trigrams.len() + there.trigrams.len()) as u64;
                let trigrams = dice(&text.trigrams, &there.trigrams);
                if mean(trigrams, 1.0) < self.at_least {
                    continue;
                }
                let found = mean(trigrams, dice(&text.words, &there.words));
                let is_better = |(likeness, at)| found > likeness || (found >= likeness && other < at);
                if found >= self.at_least && best.is_none_or(is_better) {
                    best = Some((found, other));
                }
            }
            if self.steps > MAX_STEPS {
                return None;
            }
        }
        Some(best.map(|(_, at)| at))
    }

    fn add(&mut self, index: usize, text: &'a Numbered) {
        self.by_folded.insert(&text.folded, index);
        for &part in self.telling(text) {
            self.by_part.entry((&text.fixed, part)).or_default().push(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_near_duplicates_stands_for_them() {
        let names = [
            "Ask for a refund of a double charge",
            "Cancel an order",
            "Asking for a refund of a double charge",
            "cancel an order.",
            "Reset a password",
            "Do not cancel an order",
        ];
        assert_eq!(first_alike(&names, 0.8), Ok(vec![0, 1, 0, 1, 4, 5]));
        assert_eq!(first_alike(&names, 1.0), Ok(vec![0, 1, 2, 1, 4, 5]));
        assert_eq!(first_alike::<&str>(&[], 0.8), Ok(vec![]));
        assert_eq!(first_alike(&["", "!", ""], 0.1), Ok(vec![0, 1, 0]));
    }

    #[test]
    fn no_pair_is_missed_by_looking_at_telling_parts_alone() {
        let words = ["refund", "order", "charge", "double", "cancel", "card", "late", "parcel"];
        let text = |seed: usize| {
            let word = |at: usize| words[(seed / words.len().pow(u32::try_from(at).unwrap())) % words.len()];
            format!("{} the {} of a {} today", word(0), word(1), word(2))
        };
        let texts: Vec<String> = (0..256).map(|it| text(it * 3)).collect();
        let features: Vec<Features> = texts.iter().map(|it| Features::of(it)).collect();
        for at_least in [0.3, 0.6, 0.75, 0.9] {
            let mut plain: Vec<usize> = Vec::new();
            for (index, one) in features.iter().enumerate() {
                let firsts = (0..index).filter(|at| plain[*at] == *at);
                let alike = firsts.map(|at| (one.likeness(&features[at]), at)).filter(|(it, _)| *it >= at_least);
                let best = alike.reduce(|best, next| if next.0 > best.0 { next } else { best });
                plain.push(best.map_or(index, |(_, at)| at));
            }
            assert_eq!(first_alike(&texts, at_least).unwrap(), plain, "{at_least}");
        }
    }

    #[test]
    fn each_text_is_held_against_all_of_the_other_list() {
        let chain = [
            "cancel my order of a red parcel",
            "cancel my order of a red parcels",
            "cancel my orders of a red parcels",
        ];
        let [far, near] = [0, 1].map(|at| Features::of(chain[2]).likeness(&Features::of(chain[at])));
        let at_least = f64::midpoint(far, near);
        assert!(far < near);
        let (held, trained) = ([chain[0], chain[2], "Reset a password"], [chain[1]]);
        assert_eq!(alike_among(&trained, &held, at_least), Ok(vec![Some(0), Some(0), None]));
        assert_eq!(alike_among(&["Where is it?", "where is it"], &["where is it!"], 1.0), Ok(vec![Some(0)]));
        assert_eq!(alike_among(&[], &["a"], 0.9), Ok(vec![None]));
    }

    #[test]
    fn few_of_many_texts_are_compared() {
        let spelled = |number: usize| {
            let letter = |it: usize| char::from(b'a' + u8::try_from(it % 26).unwrap());
            let hashed = number.wrapping_mul(2_654_435_761) >> 3;
            (0..6).map(|at| letter(hashed / 26_usize.pow(at))).collect::<String>()
        };
        let texts: Vec<String> =
            (0..3_000).map(|it| format!("ask about {} {}", spelled(it), spelled(it + 9_999))).collect();
        let all = numbered(&texts);
        let mut search = Search::new(&all, 0.8);
        for (index, text) in all.iter().enumerate() {
            assert_eq!(search.most_alike(text), Some(None));
            search.add(index, text);
        }
        let every_pair = 25 * (texts.len() * texts.len()) as u64;
        assert!(search.steps < every_pair / 20, "{}", search.steps);
    }
}
