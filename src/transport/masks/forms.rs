//! The forms in which a secret is searched for ([`Forms`]), and which secrets are ([`is_distinct`]).

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

use super::layer::decoded;

/// The fewest characters of a secret that is searched for. No provider's key is as short as that.
const SHORTEST: usize = 8;
/// From this length on, a secret of letters alone, or of digits alone, is no word or number of its own.
const LONG: usize = 20;
/// The fewest different characters of a secret that is searched for: `--------` and `xxxxxxxx` have one.
const FEWEST_DIFFERENT: usize = 5;
/// A word in camel case has fewer lower-case letters that are followed by a capital.
const IRREGULAR: usize = 3;
/// The schemes of HTTP's authorization, which a variable may have before the token.
const SCHEMES: [&str; 8] = ["bearer", "basic", "token", "apikey", "api-key", "key", "digest", "negotiate"];
/// How often the escapes in a secret itself are decoded.
const DEPTH: usize = 5;
/// A secret is known by a part of it: into how many parts it is cut at most, and the fewest characters of one.
const MOST_PARTS: usize = 16;
const SHORTEST_PART: usize = 4;
/// The same for its encoded forms.
const ENCODED_PARTS: usize = 6;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Whether a secret can be told from words, so that masking it leaves other texts alone. It has at least 8 characters,
/// 5 of them different; and where it has fewer than 20, it is not made of words or digits alone: it has letters in no
/// regular case, or letters with digits or other characters than those that join words (`-`, `_`, `.` and the space).
pub fn is_distinct(secret: &str) -> bool {
    let bytes = secret.as_bytes();
    let different = (0..=u8::MAX).filter(|byte| bytes.contains(byte)).count();
    if bytes.len() < SHORTEST || different < FEWEST_DIFFERENT {
        return false;
    }
    bytes.len() >= LONG || is_varied(bytes)
}

/// Whether a text is more than words or digits alone.
pub fn is_varied(text: &[u8]) -> bool {
    let has_letters = text.iter().any(u8::is_ascii_alphabetic);
    let has_others = text.iter().any(|it| !it.is_ascii_alphabetic() && !b"-_. ".contains(it));
    let capitals = text.windows(2).filter(|it| it[0].is_ascii_lowercase() && it[1].is_ascii_uppercase()).count();
    has_letters && has_others || capitals >= IRREGULAR
}

/// Whether a text is made of words and numbers, in any order, with what joins them.
pub fn is_wordy(text: &[u8]) -> bool {
    text.split(|it| b"-_. ".contains(it)).all(|part| part.iter().all(u8::is_ascii_digit) || is_word(part))
}

/// Whether a text has nothing but letters, in a regular case.
fn is_word(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_alphabetic) && !is_varied(text)
}

/// The token in a value such as `Bearer sk-1234`; all of a value that begins with no scheme.
pub fn token(value: &str) -> &str {
    let is_scheme = |word: &str| SCHEMES.iter().any(|it| word.trim_end_matches(':').eq_ignore_ascii_case(it));
    value.split_once(' ').filter(|(word, _)| is_scheme(word)).map_or(value, |(_, token)| token.trim())
}

/// A form of a secret as it may stand in a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    pub text: Vec<u8>,
    /// Whether the character before or after it may have a part of the secret too: base64 has six bits in each.
    pub spills: (bool, bool),
}

/// The forms of all secrets.
#[derive(Default)]
pub struct Forms {
    pub all: Vec<Form>,
    /// The forms that are searched for in two parts, too.
    pub splittable: Vec<Vec<u8>>,
    /// The secrets in hexadecimal, in lower case.
    pub hex: Vec<Vec<u8>>,
    /// Texts of which at least one is in every text that has a form without escapes, or has it in a few pieces.
    pub telling: Vec<Vec<u8>>,
}

impl Forms {
    /// Adds the forms of a secret.
    pub fn add(&mut self, secret: &str) {
        for text in plain(secret.as_bytes()) {
            self.tell(&text, MOST_PARTS);
            self.splittable.push(text.clone());
            self.push(text, (false, false));
        }
        let lower = hex(secret.as_bytes(), false);
        // With something between the bytes: these are the first three.
        for between in ["", ":", " ", "-", ",", ", ", ",0x", ", 0x", " 0x"] {
            let bytes: Vec<&[u8]> = lower.chunks(2).take(3).collect();
            self.telling.push(bytes.join(between.as_bytes()));
        }
        self.hex.push(lower.clone());
        self.push_encoded(lower, (false, false));
        self.push_encoded(hex(secret.as_bytes(), true), (false, false));
        for (text, spills) in all_base64(secret.as_bytes()) {
            for (again, spills) in all_base64(&text) {
                self.telling.push(again.clone());
                self.push(again, spills);
            }
            self.push_encoded(text, spills);
        }
        for before in 0..5 {
            let (text, spills) = base32(secret.as_bytes(), before);
            for text in [text.to_ascii_lowercase(), text] {
                self.telling.push(text.clone());
                self.push(text, spills);
            }
        }
    }

    /// Adds an encoded form, which may be in two parts.
    fn push_encoded(&mut self, text: Vec<u8>, spills: (bool, bool)) {
        self.tell(&text, ENCODED_PARTS);
        self.splittable.push(text.clone());
        self.push(text, spills);
    }

    fn tell(&mut self, text: &[u8], most: usize) {
        let length = text.len().div_ceil(most).max(SHORTEST_PART);
        self.telling.extend(text.chunks_exact(length).map(<[u8]>::to_vec));
    }

    fn push(&mut self, text: Vec<u8>, spills: (bool, bool)) {
        let form = Form { text, spills };
        if !self.all.contains(&form) {
            self.all.push(form);
        }
    }
}

/// A secret as it is, and as it is after its own escapes are decoded; with `+` for each blank.
fn plain(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec()];
    while let Some(layer) = forms.last().and_then(|it| decoded(it)).filter(|_| forms.len() < DEPTH) {
        if layer.text.len() < SHORTEST {
            break;
        }
        forms.push(layer.text);
    }
    let blanks = |form: &Vec<u8>| form.iter().map(|it| if *it == b' ' { b'+' } else { *it }).collect();
    let with_plus: Vec<Vec<u8>> = forms.iter().filter(|it| it.contains(&b' ')).map(blanks).collect();
    forms.extend(with_plus);
    forms
}

fn hex(secret: &[u8], upper: bool) -> Vec<u8> {
    let digits = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    secret.iter().flat_map(|it| [digits[usize::from(it >> 4)], digits[usize::from(it & 15)]]).collect()
}

/// All forms of base64 that a text may have inside of another one.
fn all_base64(text: &[u8]) -> impl Iterator<Item = (Vec<u8>, (bool, bool))> {
    (0..3).flat_map(move |before| [false, true].map(|url| base64(text, before, url)))
}

/// [`base64()`] for base32, whose characters have five bits; `before` is up to five.
fn base32(secret: &[u8], before: usize) -> (Vec<u8>, (bool, bool)) {
    let (start, end) = (before * 8, (before + secret.len()) * 8);
    let bit = |at: usize| usize::from(secret[(at - start) / 8] >> (7 - at % 8) & 1);
    let character = |place: usize| BASE32[(place * 5..place * 5 + 5).fold(0, |value, at| value * 2 + bit(at))];
    let text = (start.div_ceil(5)..end / 5).map(character).collect();
    (text, (!start.is_multiple_of(5), !end.is_multiple_of(5)))
}

/// The characters of base64 that have nothing but `secret` in them, where it follows so many bytes after a multiple of
/// three; and whether the ones around them have some of it.
fn base64(secret: &[u8], before: usize, url: bool) -> (Vec<u8>, (bool, bool)) {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(secret);
    let end = bytes.len() * 8;
    let text = if url { BASE64_URL_SAFE.encode(&bytes) } else { BASE64_STANDARD.encode(&bytes) };
    let inside = (before * 8).div_ceil(6)..end / 6;
    (text.as_bytes()[inside].to_vec(), (!(before * 8).is_multiple_of(6), !end.is_multiple_of(6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_from_words() {
        for secret in [
            "sk-1a2b3c",
            "pass/word-1",
            "sk-12345",
            "AKIDexample+key",
            "token-abc123",
            "sk-AbCdEfGhIj",
            "correct-horse-battery-staple",
            "31415926535897932384",
        ] {
            assert!(is_distinct(secret), "{secret}");
        }
        for secret in [
            "",
            "none",
            "ollama",
            "EMPTY",
            "sk-1",
            "sk-1234",
            "not-needed",
            "no-key-required",
            "sk-no-key-required",
            "placeholder",
            "lm-studio",
            "LM Studio",
            "NotNeeded",
            "OPENAI_API_KEY",
            "12345678",
            "4111111111111111",
            "--------",
            "xxxxxxxxxxxxxxxxxxxxxxxx",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert!(!is_distinct(secret), "{secret}");
        }
    }

    #[test]
    fn words_and_numbers_are_told_from_keys() {
        for text in ["test-key", "-2024", "key-2024", "local-llama-server", "Two words. 17", "sk-proj-AbC", "12345678"]
        {
            assert!(is_wordy(text.as_bytes()), "{text}");
        }
        for text in ["sk-1a2b3c", "sk-Ab+12", "aBcDeFgHi", "key/2024", "3f2504e0-4f89"] {
            assert!(!is_wordy(text.as_bytes()), "{text}");
        }
        for value in ["Bearer sk-12", "bearer  sk-12", "Token sk-12", "key: sk-12", "sk-12"] {
            assert_eq!(token(value), "sk-12", "{value}");
        }
        for value in ["two words", "Bearersk-12", ""] {
            assert_eq!(token(value), value);
        }
    }

    #[test]
    fn base32_is_that_of_others() {
        assert_eq!(base32(b"foobar", 0).0, b"MZXW6YTBO");
        // `xxfoobar` is `PB4GM33PMJQXE===`.
        assert_eq!(base32(b"foobar", 2), (b"M33PMJQX".to_vec(), (true, true)));
    }

    #[test]
    fn the_inside_of_base64_is_the_same_whatever_is_around() {
        let secret = b"sk/0123+456789?";
        for before in 0..3 {
            let (inside, spills) = base64(secret, before, false);
            for (first, last) in [(b'\0', b'\0'), (b'\xff', b'\xff'), (b'a', b'z')] {
                let mut bytes = vec![first; before + 3];
                bytes.extend_from_slice(secret);
                bytes.extend([last; 4]);
                let text = BASE64_STANDARD.encode(&bytes).into_bytes();
                assert!(text.windows(inside.len()).any(|it| it == inside), "{before}");
            }
            assert_eq!(spills.0, before > 0);
        }
    }

    #[test]
    fn a_secret_with_escapes_has_a_form_for_each_reading() {
        assert_eq!(
            plain(b"pass%252Fword 1"),
            [
                &b"pass%252Fword 1"[..],
                b"pass%2Fword 1",
                b"pass/word 1",
                b"pass%252Fword+1",
                b"pass%2Fword+1",
                b"pass/word+1"
            ]
        );
        assert_eq!(plain(b"%41%42%43"), [b"%41%42%43"]);
    }
}
