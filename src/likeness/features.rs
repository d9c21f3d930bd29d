//! What texts are compared by: [`Features`], and how alike two texts are: [`likeness`].

use std::cmp::Ordering;

use super::folding::{folded, is_unspaced};
use super::words::{is_number_word, negations_in};

/// The likeness of two different texts that have the same parts in another order.
const ALMOST: f64 = 0.999_999;

/// A text, folded and taken apart.
#[derive(Clone, Debug)]
pub(super) struct Features {
    /// The folded words, with single blanks between them.
    pub(super) folded: String,
    /// What near-duplicates share: the numbers in their order, and how often the text negates.
    pub(super) fixed: (Vec<String>, usize),
    /// All runs of three characters of the folded text, with a blank at either end; sorted, each once.
    pub(super) trigrams: Vec<[char; 3]>,
    /// The words; in scripts without blanks, all runs of two characters. Sorted, each once.
    pub(super) words: Vec<String>,
}

impl Features {
    pub(super) fn of(text: &str) -> Self {
        let all = folded(text);
        let is_fixed = |word: &&String| word.chars().any(char::is_numeric) || is_number_word(word);
        let numbers = all.iter().filter(is_fixed).cloned().collect();
        let negations = all.iter().map(|word| negations_in(word)).sum();
        let folded = all.join(" ");
        let padded: Vec<char> = [' '].into_iter().chain(folded.chars()).chain([' ']).collect();
        let trigrams = sorted(padded.windows(3).filter_map(|it| it.first_chunk().copied()).collect());
        let words = sorted(all.iter().flat_map(|word| parts_of(word)).collect());
        Self { folded, fixed: (numbers, negations), trigrams, words }
    }

    /// How alike two texts are, from 0 to 1.
    pub(super) fn likeness(&self, other: &Self) -> f64 {
        if self.folded == other.folded {
            return 1.0;
        }
        if self.fixed != other.fixed {
            return 0.0;
        }
        mean(dice(&self.trigrams, &other.trigrams), dice(&self.words, &other.words))
    }
}

fn parts_of(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() > 2 && letters.iter().any(|it| is_unspaced(*it)) {
        letters.windows(2).map(|pair| pair.iter().collect()).collect()
    } else {
        vec![word.to_owned()]
    }
}

pub(super) fn sorted<T: Ord>(mut parts: Vec<T>) -> Vec<T> {
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// The likeness of two texts that are not equal.
pub(super) fn mean(trigrams: f64, words: f64) -> f64 {
    f64::midpoint(trigrams, words).min(ALMOST)
}

/// Twice what two sets share, divided by the sum of their sizes. Both are sorted.
#[expect(clippy::cast_precision_loss, reason = "a set has far fewer than 2^53 elements")]
pub(super) fn dice<T: Ord>(one: &[T], other: &[T]) -> f64 {
    let (mut left, mut right, mut shared) = (one.iter().peekable(), other.iter().peekable(), 0_usize);
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        match a.cmp(b) {
            Ordering::Less => drop(left.next()),
            Ordering::Greater => drop(right.next()),
            Ordering::Equal => {
                shared += 1;
                left.next();
                right.next();
            }
        }
    }
    2.0 * shared as f64 / (one.len() + other.len()).max(1) as f64
}

/// How alike two texts are, from 0 to 1.
///
/// It is 1 for texts that are equal without case, punctuation and white space, and for no others. It is 0 where their
/// numbers differ, or where one negates more often than the other. Else it is the mean of two Dice coefficients: of the
/// runs of three characters, and of the words.
#[must_use]
pub fn likeness(one: &str, other: &str) -> f64 {
    Features::of(one).likeness(&Features::of(other))
}

#[cfg(test)]
mod tests {
    use super::likeness;

    #[test]
    fn near_duplicates_of_any_script_are_alike() {
        for (one, other, least) in [
            ("Refund of a double charge", "refund of a double charge!", 1.0),
            ("Cancel an order", "Cancel the order", 0.6),
            ("Ask for a refund of a double charge", "Asking for a refund of a double charge", 0.8),
            ("Вернуть деньги за двойное списание", "Вернуть деньги за двойные списания", 0.7),
            ("Επιστροφή χρημάτων για διπλή χρέωση", "Επιστροφή χρημάτων για τη διπλή χρέωση", 0.8),
            ("二重請求の返金を依頼する", "二重請求の返金をお願いする", 0.6),
            ("👍", " 👍 ", 1.0),
        ] {
            let found = likeness(one, other);
            assert!(found >= least, "{found} {one}");
            assert!((found - likeness(other, one)).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn numbers_and_negation_keep_texts_apart() {
        for (one, other) in [
            ("The assistant must refund the order", "The assistant must not refund the order"),
            ("You can cancel within 14 days", "You can cancel within 30 days"),
            ("You can cancel within two days", "You can cancel within ten days"),
            ("Refund in 14 days, exchange in 30 days", "Refund in 30 days, exchange in 14 days"),
            ("Оператор обещает скидку", "Оператор не обещает скидку"),
            ("Der Kunde bekommt eine Antwort", "Der Kunde bekommt keine Antwort"),
            ("El agente debe confirmar", "El agente no debe confirmar"),
            ("返金できます", "返金できません"),
            ("You do accept returns", "You don't accept returns"),
            ("👍", "👎"),
        ] {
            assert!(likeness(one, other) < 0.5, "{one}");
        }
    }

    #[test]
    fn other_texts_are_not_alike() {
        for (one, other) in [
            ("Open an account", "Close an account"),
            ("Reset a password", "Change a delivery address"),
            ("", "Reset a password"),
        ] {
            assert!(likeness(one, other) < 0.8, "{one} {}", likeness(one, other));
        }
        assert!(likeness("a b c", "c b a") < 1.0);
    }
}
