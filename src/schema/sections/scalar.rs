//! Reads one value as the type that the schema demands. What cannot be read is a problem, never a guess.

use serde_json::{Number, Value, json};

use super::form::{Bounds, Scalar};
use crate::schema::json::{self as text_json, JsonNode};

/// 2⁵³: a double holds every integer below it exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// How many characters of a value messages show.
const SHOWN: usize = 80;

/// Reads the text of one value. The error says what is wrong with it.
pub(super) fn read(scalar: &Scalar, text: &str) -> Result<Value, String> {
    let text = text.trim();
    match scalar {
        Scalar::Text => Ok(Value::String(text.to_owned())),
        Scalar::Integer(bounds) => number(text, *bounds, true),
        Scalar::Number(bounds) => number(text, *bounds, false),
        Scalar::Boolean => boolean(text),
        Scalar::Choice(values) => choice(text, values),
    }
}

/// Whether a text is a word for null.
pub(super) fn is_null(text: &str) -> bool {
    let word = bare(text).trim_matches(['(', ')', '.']).to_lowercase();
    matches!(word.as_str(), "null" | "none" | "n/a" | "not applicable" | "-" | "–" | "—")
}

/// A text as messages show it.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    Value::String(short).to_string()
}

/// Removes the marks of emphasis and code from a value.
fn bare(text: &str) -> String {
    let plain: String = text.chars().filter(|sign| !matches!(sign, '*' | '`')).collect();
    let plain = plain.trim();
    let inner = plain.strip_prefix('_').and_then(|it| it.strip_suffix('_')).unwrap_or(plain);
    inner.trim().to_owned()
}

/// Whether `rest`, which follows a value, is empty or a remark on it, as in `7 (good)`, `7 - good` or `yes, because …`.
fn is_remark(rest: &str) -> bool {
    let spaced = rest.trim_start();
    let parted = |sign: char| spaced.strip_prefix(sign).is_some_and(|it| it.is_empty() || it.starts_with(' '));
    spaced.is_empty()
        || (rest.starts_with(' ') && spaced.starts_with('('))
        || [',', '.', ';', ':'].into_iter().any(|sign| rest.starts_with(sign) && parted(sign))
        || (rest.starts_with(' ') && ['-', '–', '—'].into_iter().any(parted))
}

fn number(text: &str, bounds: Bounds, whole: bool) -> Result<Value, String> {
    let wanted = if whole { "a whole number" } else { "a number" };
    let wrong = || format!("{} is not {wanted}", shown(text));
    let plain = bare(text);
    let (digits, rest) = leading(&plain).ok_or_else(wrong)?;
    let decimals = plain[..plain.len() - rest.len()].split_once('.').map_or(0, |(_, it)| it.len());
    if whole && decimals > 2 {
        // 1.000 may be one thousand.
        return Err(wrong());
    }
    let (of, rest) = scale(rest);
    if !is_remark(rest) || rest.trim_start().strip_prefix(['-', '–', '—', ',', ';']).is_some_and(begins_with_number)
    {
        return Err(wrong());
    }
    let number = match text_json::read(&digits) {
        Ok(JsonNode::Number(number)) => number,
        Ok(_) => return Err(wrong()),
        Err(error) => return Err(error.message),
    };
    let found = number.as_f64().ok_or_else(wrong)?;
    let value = match (of, bounds.max) {
        (None, _) => number,
        (Some(of), None) if of > 0.0 => number,
        #[expect(clippy::float_cmp, reason = "a limit of the schema is met exactly, or it is another scale")]
        (Some(of), Some(max)) if of == max => number,
        #[expect(clippy::float_cmp, reason = "a limit of the schema is met exactly, or it is another scale")]
        (Some(of), Some(max)) if max == 1.0 && of > 0.0 && !whole => Number::from_f64(found / of).ok_or_else(wrong)?,
        (Some(_), Some(max)) => return Err(format!("{} is on another scale: the highest value is {max}", shown(text))),
        (Some(_), None) => return Err(wrong()),
    };
    if whole { integer(&value).ok_or_else(wrong) } else { Ok(Value::Number(value)) }
}

fn begins_with_number(text: &str) -> bool {
    text.trim_start().starts_with(|sign: char| sign.is_ascii_digit())
}

/// Splits a text into the number at its start, as JSON writes it, and the rest; `None` if there is no number, or only a
/// part of one.
fn leading(text: &str) -> Option<(String, &str)> {
    let (sign, unsigned) = match text.strip_prefix(['-', '−']) {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let mut end = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    if end == 0 {
        return None;
    }
    let mut digits = unsigned[..end].to_owned();
    // A comma and three digits are a group of thousands.
    let group = |rest: &str| {
        let digits = rest.strip_prefix(',').map(|it| it.bytes().take_while(u8::is_ascii_digit).count());
        digits == Some(3)
    };
    // A comma after a zero is a decimal comma.
    if end <= 3 && !unsigned.starts_with('0') {
        while group(&unsigned[end..]) {
            digits.push_str(&unsigned[end + 1..end + 4]);
            end += 4;
        }
    }
    if let Some(fraction) = unsigned[end..].strip_prefix('.') {
        let count = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if count > 0 {
            digits.push('.');
            digits.push_str(&fraction[..count]);
            end += 1 + count;
        }
    }
    if let Some(power) = unsigned[end..].strip_prefix(['e', 'E']) {
        let sign = usize::from(power.starts_with(['+', '-']));
        let count = power[sign..].bytes().take_while(u8::is_ascii_digit).count();
        if count > 0 {
            digits.push('e');
            digits.push_str(&power[..sign + count]);
            end += 1 + sign + count;
        }
    }
    let rest = &unsigned[end..];
    // `5k` and `7,5` are other numbers than 5 and 7.
    let cut = rest.starts_with(|sign: char| sign.is_alphanumeric())
        || rest.strip_prefix([',', '.', '\'']).is_some_and(|it| it.starts_with(|sign: char| sign.is_ascii_digit()));
    if cut {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    let digits = if digits.starts_with(|sign: char| sign.is_ascii_digit()) {
        format!("{sign}{digits}")
    } else {
        format!("{sign}0{digits}")
    };
    Some((digits, rest))
}

/// The scale that follows a number (`/10`, ` out of 10`, ` of 10`, `%`), and the rest.
fn scale(rest: &str) -> (Option<f64>, &str) {
    let spaced = rest.trim_start();
    if let Some(rest) = spaced.strip_prefix('%') {
        return (Some(100.0), rest);
    }
    let parted = ["/", "out of ", "of "].into_iter().find_map(|mark| {
        let begins = spaced.get(..mark.len()).is_some_and(|it| it.eq_ignore_ascii_case(mark));
        (begins && (mark == "/" || rest.starts_with(' '))).then(|| spaced[mark.len()..].trim_start())
    });
    let of = parted.and_then(leading).and_then(|(of, rest)| Some((of.parse::<f64>().ok()?, rest)));
    match of {
        Some((of, rest)) if of > 0.0 => (Some(of), rest),
        _ => (None, rest),
    }
}

/// A whole number, which may be written as `7.0`.
fn integer(number: &Number) -> Option<Value> {
    if number.is_i64() || number.is_u64() {
        return Some(Value::Number(number.clone()));
    }
    let found = number.as_f64().filter(|found| found.fract() == 0.0)?;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53 is exact")]
    let small = (found.abs() < EXACT).then(|| json!(found as i64));
    small.or_else(|| Some(Value::Number(number.clone())))
}

fn boolean(text: &str) -> Result<Value, String> {
    let plain = bare(text).to_lowercase();
    let reads_as = |word: &str| plain.strip_prefix(word).is_some_and(is_remark);
    match () {
        () if reads_as("true") || reads_as("yes") => Ok(json!(true)),
        () if reads_as("false") || reads_as("no") => Ok(json!(false)),
        () => Err(format!("{} is neither true nor false", shown(text))),
    }
}

/// The choice that a text names: exactly, or else without regard to case, blanks, `_` and `-`.
fn choice(text: &str, values: &[(String, Value)]) -> Result<Value, String> {
    let plain = bare(text);
    let unquoted = |text: &str| text.trim().trim_matches(['"', '\'', '“', '”']).to_owned();
    let whole = unquoted(&plain);
    for exact in [text, &plain, &whole] {
        if let Some((_, value)) = values.iter().find(|(name, _)| name == exact) {
            return Ok(value.clone());
        }
    }
    // Then what comes before a possible remark, the longest first.
    let mut readings = vec![whole];
    let longest = values.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let near = plain.floor_char_boundary(2 * longest + 16);
    let ends = plain[..near].char_indices().rev().filter(|(at, _)| is_remark(&plain[*at..]));
    readings.extend(ends.map(|(at, _)| unquoted(&plain[..at])));
    for reading in readings.iter().filter(|it| !it.is_empty()) {
        if let Some((_, value)) = values.iter().find(|(name, _)| name == reading) {
            return Ok(value.clone());
        }
        let fits = |name: &str| loose(name) == loose(reading);
        let mut fitting = values.iter().filter(|(name, _)| fits(name));
        match (fitting.next(), fitting.next()) {
            (Some((_, value)), None) => return Ok(value.clone()),
            (Some((one, _)), Some((other, _))) => {
                return Err(format!("{} may be `{one}` or `{other}`", shown(text)));
            }
            (None, _) => {}
        }
    }
    let names: Vec<String> = values.iter().take(50).map(|(name, _)| format!("`{name}`")).collect();
    let more = if values.len() > names.len() { ", …" } else { "" };
    Err(format!("{} is not one of {}{more}", shown(text), names.join(", ")))
}

/// The form in which choices are compared. A sign at the start counts: -1 is not 1.
fn loose(text: &str) -> String {
    let signed = text.starts_with(['-', '+']);
    let key = super::names::choice_key(text);
    if signed { format!("{}{key}", &text[..1]) } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Bounds = Bounds { min: Some(1.0), max: Some(10.0) };

    fn to(max: f64) -> Bounds {
        Bounds { min: None, max: Some(max) }
    }

    #[test]
    fn whole_numbers_and_scores() {
        for text in ["7", "**7**", "7/10", "7 / 10", "**7**/10", "7 out of 10", "7 of 10", "7.0", "+7", "7.", "07"] {
            assert_eq!(number(text, TEN, true), Ok(json!(7)), "{text}");
        }
        for text in ["7 (good)", "7 - good", "7 — good", "7, because of 3", "7: good", "7. It is 8.", "7/10 (good)"] {
            assert_eq!(number(text, TEN, true), Ok(json!(7)), "{text}");
        }
        for text in ["", "seven", "7-8", "7 - 8", "7 or 8", "7,5", "7.5", "7k", "5 million", "1.000", "I say 7", "/10"]
        {
            assert!(number(text, TEN, true).is_err(), "{text}");
        }
        assert_eq!(number("1,234,567", Bounds::default(), true), Ok(json!(1_234_567)));
        assert_eq!(number("−3", Bounds::default(), true), Ok(json!(-3)));
        assert_eq!(number("18446744073709551615", Bounds::default(), true), Ok(json!(u64::MAX)));
        for text in ["184467440737095516150", "18446744073709551616", "-9223372036854775809", "9007199254740993.0"] {
            for whole in [true, false] {
                let problem = number(text, Bounds::default(), whole).unwrap_err();
                assert!(problem.contains("is too large to be kept exactly"), "{text}: {problem}");
            }
        }
        assert_eq!(number("1e20", Bounds::default(), true), Ok(json!(1e20)));
    }

    #[test]
    fn a_score_is_read_on_the_scale_of_the_schema() {
        assert_eq!(number("85%", to(100.0), true), Ok(json!(85)));
        assert_eq!(number("85 %", Bounds::default(), true), Ok(json!(85)));
        assert_eq!(number("85%", to(1.0), false), Ok(json!(0.85)));
        assert_eq!(number("7/10", to(1.0), false), Ok(json!(0.7)));
        assert_eq!(number("7/10", Bounds::default(), true), Ok(json!(7)));
        for (text, max) in [("7/10", 100.0), ("70/100", 10.0), ("85%", 10.0)] {
            let problem = number(text, to(max), true).unwrap_err();
            assert!(problem.contains("another scale"), "{text}: {problem}");
        }
        assert!(number("7/0", TEN, true).is_err());
    }

    #[test]
    fn numbers() {
        for (text, value) in
            [("0.5", json!(0.5)), ("-1e3", json!(-1000.0)), ("3", json!(3)), ("1,000.25", json!(1000.25))]
        {
            assert_eq!(number(text, Bounds::default(), false), Ok(value), "{text}");
        }
        assert!(number("1e999", Bounds::default(), false).is_err());
    }

    #[test]
    fn booleans() {
        for (text, value) in [("true", true), ("Yes", true), ("**no**", false), ("FALSE.", false), ("yes, it is", true)]
        {
            assert_eq!(boolean(text), Ok(json!(value)), "{text}");
        }
        for text in ["maybe", "yesterday", "not", "", "1"] {
            assert!(boolean(text).is_err(), "{text}");
        }
    }

    #[test]
    fn choices_are_found_whatever_the_case() {
        let values: Vec<(String, Value)> =
            ["credit_card", "card", "card - gift", "A-B", "a b"].map(|it| (it.to_owned(), json!(it))).into();
        for (text, expected) in [
            ("credit_card", "credit_card"),
            ("Credit card", "credit_card"),
            ("`CREDIT-CARD`", "credit_card"),
            ("\"credit card\"", "credit_card"),
            ("**Credit Card** (a Visa)", "credit_card"),
            ("credit card - a Visa", "credit_card"),
            ("Credit card.", "credit_card"),
            ("card - gift", "card - gift"),
            ("Card - Gift", "card - gift"),
            ("card - lost", "card"),
            ("A-B", "A-B"),
            ("a b", "a b"),
        ] {
            assert_eq!(choice(text, &values), Ok(json!(expected)), "{text}");
        }
        assert!(choice("a_b", &values).unwrap_err().contains("may be `A-B` or `a b`"));
        assert!(choice("loan", &values).unwrap_err().starts_with("\"loan\" is not one of `credit_card`"));
        assert!(choice("credit cards", &values).is_err());
        let shares: Vec<(String, Value)> = ["<50", "100"].map(|it| (it.to_owned(), json!(it))).into();
        assert!(choice("> 50", &shares).is_err());
        let numbers: Vec<(String, Value)> = [1, -1].map(|it| (it.to_string(), json!(it))).into();
        assert_eq!(choice("-1", &numbers), Ok(json!(-1)));
        assert_eq!(choice("1", &numbers), Ok(json!(1)));
    }

    #[test]
    fn words_for_nothing() {
        for text in ["null", "None", "N/A", "*n/a*", "-", "(none)", "none."] {
            assert!(is_null(text), "{text}");
        }
        for text in ["nothing", "0", "", "no", "none of them"] {
            assert!(!is_null(text), "{text}");
        }
    }
}
