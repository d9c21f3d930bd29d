//! How few tokens a text can have, whatever its tokenizer is.

/// Characters of Chinese, Japanese and Korean for one token at most, on average. The best tokenizers come to two.
const EAST_ASIAN_PER_TOKEN: u64 = 3;
/// Characters of other scripts that write no spaces between words, for one token at most. The best come to three.
const UNSPACED_PER_TOKEN: u64 = 5;
/// Letters of a word for one token at most. The best tokenizers come to six.
const LETTERS_PER_TOKEN: u64 = 16;
/// Digits of a number for one token at most. Nearly all tokenizers come to one or to three.
const DIGITS_PER_TOKEN: u64 = 4;

/// A number of tokens that `text` hardly has fewer of under any tokenizer.
///
/// No tokenizer makes one token of two words, and hardly any one of letters and digits, so a text has as many tokens as
/// words and numbers. White space, punctuation and runs of one character count for nothing, since tokenizers differ in
/// how far they put those together.
#[must_use]
pub fn fewest(text: &str) -> u64 {
    let mut tokens = 0;
    let (mut letters, mut digits) = (0_u64, 0_u64);
    let (mut east_asian, mut unspaced) = (0_u64, 0_u64);
    let mut before = ' ';
    for character in text.chars().chain([' ']) {
        if character == before {
            continue;
        }
        before = character;
        let kind = Kind::of(character);
        if kind != Kind::Letter && kind != Kind::Mark {
            tokens += letters.div_ceil(LETTERS_PER_TOKEN);
            letters = 0;
        }
        if kind != Kind::Digit {
            tokens += digits.div_ceil(DIGITS_PER_TOKEN);
            digits = 0;
        }
        match kind {
            Kind::Letter => letters += 1,
            Kind::Digit => digits += 1,
            Kind::EastAsian => east_asian += 1,
            Kind::Unspaced => unspaced += 1,
            Kind::Mark | Kind::Other => {}
        }
    }
    tokens + east_asian / EAST_ASIAN_PER_TOKEN + unspaced / UNSPACED_PER_TOKEN
}

/// What a character is to a tokenizer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    /// A letter of East Asia, where some scripts write no spaces between words.
    EastAsian,
    /// A letter of another script without spaces: Thai, Lao, Tibetan, Burmese, Khmer.
    Unspaced,
    /// A part of the word around it, such as a vowel sign.
    Mark,
    Other,
}

impl Kind {
    fn of(character: char) -> Self {
        match character {
            _ if character.is_ascii_digit() => Self::Digit,
            _ if !character.is_alphanumeric() => {
                if character.is_ascii() || character.is_whitespace() {
                    Self::Other
                } else {
                    Self::Mark
                }
            }
            '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => Self::EastAsian,
            '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => Self::Unspaced,
            _ => Self::Letter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::tokens::TokenCounter;

    #[test]
    fn words_count_and_what_can_be_put_together_does_not() {
        let table = [
            ("", 0),
            ("Hello, world!", 2),
            ("word word word", 3),
            ("word0 word0 word0", 6),
            ("don't", 2),
            ("| --- | --- |", 0),
            ("नमस्ते दुनिया", 2),
            ("これはとても長い日本語の文", 4),
            ("1234567890", 3),
            ("Route66a", 3),
            ("SGVsbG8gd29ybGQ3NQ", 7),
        ];
        for (text, expected) in table {
            assert_eq!(fewest(text), expected, "{text:?}");
        }
        assert_eq!(fewest(&" ".repeat(100_000)), 0);
        assert_eq!(fewest(&"a".repeat(100_000)), 1);
        assert_eq!(fewest(&"哈".repeat(100_000)), 0);
        assert_eq!(fewest(&"=-".repeat(100_000)), 0);
    }

    #[test]
    fn no_text_has_fewer_tokens_under_the_vocabularies_here() {
        let texts = [
            "The customer called twice about a charge on the credit card and was told to wait ten days.",
            "fn main() { println!(\"{:?}\", very_long_name_of_a_function(1, 2)); }",
            "id,name,amount\n1,Anna,12.50\n2,Boris,1234567.89\n",
            "Übergrößenträger und Donaudampfschifffahrtsgesellschaftskapitäne",
            "Съешь же ещё этих мягких французских булок, да выпей чаю",
            "我们今天去了北京的故宫博物院参观展览，人很多但是非常有意思",
            "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอนหรือวรรณยุกต์เช่นเดียวกับภาษาจีน",
            "3f2a9c1e-77b0-4d5e-9f5b-0c1d2e3f4a5b 9f86d081884c7d659a2feaa0c55ad015",
            "SGVsbG8gd29ybGQsIHRoaXMgaXMgYSBiYXNlNjQgdGV4dCB3aXRoIG1hbnkgY2hhcmFjdGVycw==",
        ];
        for text in texts {
            for counter in [TokenCounter::of("gpt-4o"), TokenCounter::of("gpt-4")] {
                assert!(fewest(text) <= counter.count(text), "{text}: {} > {}", fewest(text), counter.count(text));
            }
        }
    }
}
