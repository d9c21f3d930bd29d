//! Compares what a server says: failures are in the same words if only what varies by request differs.

use std::collections::HashMap;

use super::pace::Moment;
use crate::provider::ProviderErrorKind;

/// After this many refusals in the same words, with no answer in between, no request is at fault itself.
pub(super) const SAME_WORDS: usize = 20;
/// The most different words that are counted; with more of them, counting begins anew.
const MOST_WORDS: usize = 1024;
/// The words of all refusals that are about the key, the account or its budget: the amounts in them differ.
const FOR_ALL: &str = "for all";
/// How messages about credentials begin: whatever else they say, they are about the key.
const ABOUT_THE_KEY: [&str; 2] = ["HTTP 401", "HTTP 407"];

/// The refusals since the last answer, by their words: how often, and when last, each request was refused.
#[derive(Clone, Debug, Default)]
pub(super) struct SameWords(HashMap<String, HashMap<i64, (Moment, usize)>>);

impl SameWords {
    /// Counts a refusal of `request`, which was sent at `sent`; returns whether that is one too many. `answered`: the
    /// endpoint has answered before. Then what it says of one request several times counts once.
    pub(super) fn add(&mut self, (request, sent): (i64, Moment), words: &str, answered: bool) -> bool {
        if self.0.len() >= MOST_WORDS {
            self.0.clear();
        }
        let requests = self.0.entry(words.to_owned()).or_default();
        let (last, times) = requests.entry(request).or_insert((sent, 0));
        (*last, *times) = (sent, *times + 1);
        let all = requests.values().map(|(_, times)| if answered { 1 } else { *times });
        all.sum::<usize>() >= SAME_WORDS
    }

    /// Whether so many requests are refused in these words.
    pub(super) fn are_many(&self, words: &str) -> bool {
        self.0.get(words).is_some_and(|requests| requests.len() >= SAME_WORDS)
    }

    /// The request that was refused last in these words.
    pub(super) fn latest(&self, words: &str) -> Option<i64> {
        let latest = self.0.get(words)?.iter().max_by_key(|(request, (at, _))| (*at, **request));
        latest.map(|(request, _)| *request)
    }

    /// Forgets what was refused before or beside a request that was sent at `sent` and is answered now. A budget may be
    /// spent between two that were sent together.
    pub(super) fn answered(&mut self, sent: Moment) {
        self.0.retain(|words, requests| {
            requests.retain(|_, (at, _)| *at > sent || (*at == sent && words == FOR_ALL));
            !requests.is_empty()
        });
    }
}

/// The words of a failure, to be compared with those of others.
pub(super) fn words_of(kind: ProviderErrorKind, message: &str) -> String {
    if kind == ProviderErrorKind::RefusedForAll {
        return FOR_ALL.to_owned();
    }
    let about_the_key = ABOUT_THE_KEY.iter().find(|it| kind == ProviderErrorKind::Refused && message.starts_with(*it));
    about_the_key.map_or_else(|| without_ids(message), |it| (*it).to_owned())
}

/// A message without what varies by request: numbers of any kind, ids, addresses, moments, and amounts of money. The
/// status at its beginning stays.
pub(super) fn without_ids(message: &str) -> String {
    let is_inner = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | ':' | '.' | '+');
    let (status, mut rest) = message.split_at(status_length(message));
    let mut words = String::with_capacity(message.len());
    while !rest.is_empty() {
        let run = rest.find(|it| !is_inner(it)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(run);
        let bare = token.trim_matches(['-', '_', ':', '.', '+']);
        if varies(bare) || is_amount(bare, &words) {
            words.push('…');
        } else {
            let mut last = ' ';
            for it in token.chars().map(|it| if it.is_ascii_digit() { '…' } else { it }) {
                words.extend(Some(it).filter(|it| *it != '…' || last != '…'));
                last = it;
            }
        }
        let between = after.find(is_inner).unwrap_or(after.len());
        words.push_str(&after[..between]);
        rest = &after[between..];
    }
    // Numbers with points or commas in them, and addresses.
    for joined in ["….…", "…,…", "…:…"] {
        while words.contains(joined) {
            words = words.replace(joined, "…");
        }
    }
    format!("{status}{words}")
}

/// The length of `HTTP 403`, or `HTTP 200 with error 1302`, at the beginning of a message.
fn status_length(message: &str) -> usize {
    let after = |start: usize, word: &str| {
        let rest = message[start..].strip_prefix(word)?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0).then_some(start + word.len() + digits)
    };
    let Some(status) = after(0, "HTTP ") else { return 0 };
    after(status, " with error ").unwrap_or(status)
}

/// Whether a token looks like an id, an address or a moment.
fn varies(token: &str) -> bool {
    let count = |is: fn(&u8) -> bool| token.bytes().filter(is).count();
    let digits = count(u8::is_ascii_digit);
    let letters = count(u8::is_ascii_alphabetic);
    let marks = token.len() - digits - letters;
    let is_hex = token.bytes().all(|it| it.is_ascii_hexdigit() || matches!(it, b'-' | b':'));
    let is_id = digits > 0 && letters > 0 && (token.len() >= 16 || (is_hex && token.len() >= 5));
    let is_moment = letters <= 2 && digits >= 8 && marks >= 3;
    let is_long_number = letters == 0 && marks == 0 && digits >= 10;
    is_id || is_moment || is_long_number
}

/// Whether a token is an amount: a number with a decimal point, or after a currency sign.
fn is_amount(token: &str, before: &str) -> bool {
    let is_number = token.starts_with(|it: char| it.is_ascii_digit()) && token.parse::<f64>().is_ok();
    is_number && (token.contains(['.', 'e', 'E']) || before.ends_with(['$', '€', '£', '¥']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_moments_and_numbers_vary_and_words_tell() {
        let same = [
            ("request req_011CSHoEeqs5C35K2UUqR7Fy was blocked", "request req_011CVAbEeqs5C35K2UUqR8Gz was blocked"),
            ("no. id: 0b5a1c9e-33f2-4a0e-9d4a-8b0f2f8c7d11.", "no. id: 1b5a1c9e-33f2-4a0e-9d4a-8b0f2f8c7d12."),
            ("<p>Ray ID: 8c1f2e3d4a5b6c7d</p>", "<p>Ray ID: 9c1f2e3d4a5b6c7e</p>"),
            ("at 2026-11-29T23:49:32Z: no", "at 2026-11-30T00:00:01Z: no"),
            ("blocked (1764460172)", "blocked (1764460199)"),
            ("Current cost: 0.0234.", "Current cost: 2.5e-05."),
            ("Spend=2.7 of $10", "Spend=3.14 of $20"),
            ("9012 tokens are too many", "10,013 tokens are too many"),
            ("HTTP 403: key not valid on node 10.0.3.7", "HTTP 403: key not valid on node 10.0.13.117"),
            ("no route to [fe80::1:7]:8080", "no route to [2001:db8::2]:80"),
            ("worker-7 row 12 of 13", "worker-12 row 3 of 13"),
        ];
        for (one, two) in same {
            assert_eq!(without_ids(one), without_ids(two));
        }
        let differ = [
            ("HTTP 401: no", "HTTP 403: no"),
            ("HTTP 200 with error 1302: no", "HTTP 200 with error 1113: no"),
            ("the model gpt-4o-mini", "the model gpt-4o"),
        ];
        for (one, two) in differ {
            assert_ne!(without_ids(one), without_ids(two));
        }
        for text in ["", "…", "HTTP 403 (test): this row is not for me.", "Größe: a:b"] {
            assert_eq!(without_ids(text), text);
        }
    }

    fn at(seconds: u64) -> Moment {
        Moment::from_secs(seconds)
    }

    #[test]
    fn twenty_in_the_same_words_are_one_too_many() {
        let mut same = SameWords::default();
        let verdicts: Vec<bool> = (0..20).map(|it| same.add((it, at(1)), "no", true)).collect();
        assert_eq!(verdicts.iter().position(|it| *it), Some(19));
        assert!(same.are_many("no") && !same.are_many("never"));
        same.answered(at(1));
        assert!((0..19).all(|it| !same.add((it, at(2)), "no", true)));
        assert!(
            (0..19).all(|it| !same.add(
                (it, at(2)),
                &format!("{}: many", (b'a'..).nth(usize::try_from(it).unwrap()).map(char::from).unwrap()),
                true
            )),
            "each in words of its own"
        );
        assert!(same.add((20, at(2)), "no", true));
    }

    #[test]
    fn an_answer_that_comes_late_says_nothing_about_what_was_sent_after_it() {
        let mut same = SameWords::default();
        (0..19).for_each(|it| assert!(!same.add((it, at(5)), "no", true)));
        same.answered(at(4));
        assert!(same.add((19, at(5)), "no", true));
        same.answered(at(5));
        assert!(!same.are_many("no"));
        // A budget is spent from one moment on.
        (0..20).for_each(|it| assert_eq!(same.add((it, at(6)), FOR_ALL, true), it == 19));
        same.answered(at(6));
        assert!(same.are_many(FOR_ALL));
        same.answered(at(7));
        assert!(!same.are_many(FOR_ALL));
    }

    #[test]
    fn what_is_said_of_a_few_is_about_those() {
        let mut same = SameWords::default();
        assert!((0..200).all(|it| !same.add((it % 19, at(1)), "no", true)));
        assert!(same.add((19, at(1)), "no", true));
        same.answered(at(1));
        let verdicts: Vec<bool> = (0..20).map(|_| same.add((7, at(2)), "no", false)).collect();
        assert_eq!(verdicts.iter().position(|it| *it), Some(19), "unless nothing was ever answered");
    }

    #[test]
    fn what_a_401_says_does_not_matter() {
        use ProviderErrorKind::{Refused, RefusedForAll};
        let of = |message| words_of(Refused, message);
        assert_eq!(of("HTTP 401 (test): no, request 7f"), of("HTTP 401: no, request 8a"));
        assert_eq!(of("HTTP 403: row 7 is blocked"), of("HTTP 403: row 8 is blocked"));
        assert_ne!(of("HTTP 403: row seven is blocked"), of("HTTP 403: row eight is blocked"));
        assert_eq!(words_of(RefusedForAll, "Spend=1"), words_of(RefusedForAll, "Spend=2"));
    }
}
