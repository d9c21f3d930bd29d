//! Parts of a secret that give it away: its beginning and its end anywhere in one text, or most of it, in one piece or
//! in several ([`parts`]).

use std::ops::Range;

use memchr::memmem;

use super::forms::is_wordy;

/// The fewest characters of a part.
const SHORTEST: usize = 8;
/// The fewest characters of a part that is masked without the other one.
const LONGEST: usize = 16;
/// The most characters between two parts that follow each other: a line break, and what begins a line.
const BETWEEN: usize = 8;

/// Where `text` has a beginning and an end of `secret` that make the whole of it, or three quarters of it.
/// What is not a part of that stays: many keys begin alike. So do words and numbers, also where a secret has them.
pub fn parts(secret: &[u8], text: &[u8]) -> Vec<Range<usize>> {
    let length = secret.len();
    if length <= SHORTEST || is_wordy(secret) {
        return Vec::new();
    }
    let beginnings = found(&secret[..SHORTEST], text).map(|at| {
        let rest = secret[SHORTEST..].iter().zip(&text[at + SHORTEST..]);
        at..at + SHORTEST + rest.take_while(|(one, two)| one == two).count()
    });
    let ends = found(&secret[length - SHORTEST..], text).map(|at| {
        let rest = secret[..length - SHORTEST].iter().rev().zip(text[..at].iter().rev());
        at - rest.take_while(|(one, two)| one == two).count()..at + SHORTEST
    });
    // The whole secret is found elsewhere.
    let [beginnings, ends] = [beginnings.collect(), ends.collect()]
        .map(|it: Vec<Range<usize>>| it.into_iter().filter(|it| it.len() < length).collect::<Vec<_>>());
    let telling = |part: &&Range<usize>| !is_wordy(&text[(*part).clone()]);
    let longest = |parts: &[Range<usize>]| {
        let all = parts.iter().map(Range::len).max().unwrap_or(0);
        (all, parts.iter().filter(telling).map(Range::len).max().unwrap_or(0))
    };
    let (beginning, end) = (longest(&beginnings), longest(&ends));
    // Beside a part of words, only a long one is sure to be no word.
    let tells = |part: &Range<usize>, (any, sure): (usize, usize)| {
        let makes_whole = |other: usize| other > 0 && part.len() + other >= length;
        let long = part.len() >= LONGEST && (part.len() >= length.div_ceil(4) * 3 || makes_whole(any));
        telling(&part) && (long || makes_whole(sure))
    };
    let beginnings = beginnings.into_iter().filter(|it| tells(it, end));
    let at_the_ends = beginnings.chain(ends.into_iter().filter(|it| tells(it, beginning)));
    let at_the_ends: Vec<Range<usize>> = at_the_ends.collect();
    if at_the_ends.is_empty() { pieces(secret, text) } else { at_the_ends }
}

/// A piece of a secret: where it stands in a text, and in the secret.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    text: (usize, usize),
    secret: (usize, usize),
}

/// Where `text` has pieces from anywhere in `secret` that make three quarters of it: one, or several that follow each
/// other, as where it is wrapped into lines.
fn pieces(secret: &[u8], text: &[u8]) -> Vec<Range<usize>> {
    let length = secret.len();
    let mut pieces = Vec::new();
    for from in (0..=length - SHORTEST).step_by(SHORTEST) {
        for at in found(&secret[from..from + SHORTEST], text) {
            let before = secret[..from].iter().rev().zip(text[..at].iter().rev()).take_while(|(one, two)| one == two);
            let before = before.count();
            let after = secret[from..].iter().zip(&text[at..]).take_while(|(one, two)| one == two).count();
            let piece = Piece { text: (at - before, at + after), secret: (from - before, from + after) };
            if before + after < length && !is_wordy(&text[piece.text.0..piece.text.1]) {
                pieces.push(piece);
            }
        }
    }
    pieces.sort_unstable();
    pieces.dedup();
    let follows = |one: &Piece, two: &Piece| {
        one.secret.1 == two.secret.0 && (one.text.1..=one.text.1 + BETWEEN).contains(&two.text.0)
    };
    let enough = LONGEST.max(length.div_ceil(4) * 3);
    let chains = pieces.chunk_by(follows);
    let telling = chains.filter(|it| it.iter().map(|piece| piece.text.1 - piece.text.0).sum::<usize>() >= enough);
    telling.flatten().map(|piece| piece.text.0..piece.text.1).collect()
}

fn found(part: &[u8], text: &[u8]) -> impl Iterator<Item = usize> {
    memmem::find_iter(text, part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_make_the_whole_are_found() {
        let key = "sk-abcdef0123456x89y";
        let shown = |text: &str| {
            parts(key.as_bytes(), text.as_bytes()).into_iter().map(|it| text[it].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(shown("23456x89y is its end, and sk-abcdef01 is its beginning"), ["sk-abcdef01", "23456x89y"]);
        assert_eq!(shown("sk-abcdef0123456x89, its last character is a y"), ["sk-abcdef0123456x89"]);
        assert_eq!(shown("It has k-abcdef0123456x89 inside."), ["k-abcdef0123456x89"]);
        for text in [
            "",
            "sk-abcdef0123",
            "sk-abcdef0123 and 6x89y",
            "sk-abcdef0123 and 456x89y",
            "sk- and abcdef012345",
            "sk-abcdef0123456x89y, like sk-abc or x89y",
        ] {
            assert_eq!(shown(text), Vec::<String>::new(), "{text}");
        }
        let long = b"sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z";
        let wrapped = "> sk-proj-Ab3dEf6\n> hIj9kLm2nOp5qRs8\n> tUv1wXy4z";
        assert_eq!(parts(long, wrapped.as_bytes()), [2..17, 20..36, 39..48]);
        assert!(parts(b"sk-12345678", b"sk-1 and 2345678").is_empty());
        let (key, text) = (b"sk-proj-AbC+dEf/12345678=xyZ_90", "C+dEf/12345678=xyZ_90 and sk-proj-Ab");
        assert!(parts(key, text.as_bytes()).into_iter().eq(std::iter::once(0..21)));
        assert!(parts(b"test-key-2024", b"In 2024, a test-key was used; -2024 too").is_empty());
        assert!(parts(b"sk-local-model-llama3-8b", b"the sk-local-mode of llama3-8b: model-llama3-8b").is_empty());
        assert!(parts(b"token-of-my-gateway-17", b"a token-of-my-gateway").is_empty());
        assert!(parts(b"my-company-gateway-token", b"my-company-gateway has no token").is_empty());
    }
}
