//! Reads a number: a value that is one, or with [`SectionRules::first_number`] the first one in a text.

use serde_json::{Number, Value, json};

use super::form::Bounds;
use super::rules::SectionRules;
use super::text::{bare, is_remark, shown};
use crate::schema::json::{self as text_json, JsonNode};

/// 2⁵³: a double holds every integer below it exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A value that was read, and what is to be said of it.
pub(super) type Noted = (Value, Option<String>);

/// Reads a number. The error says what is wrong with the text.
pub(super) fn number(text: &str, bounds: Bounds, whole: bool, rules: SectionRules) -> Result<Noted, String> {
    let (value, mut notes) = match alone(text, bounds, whole) {
        Ok(value) => (value, Vec::new()),
        Err(problem) => match first(text, bounds, whole).filter(|_| rules.first_number) {
            Some(value) => {
                let note = format!("{} is no number alone: the first one in it is taken, {value}", shown(text));
                (value, vec![note])
            }
            None => return Err(problem),
        },
    };
    let nearest = if rules.clamp { clamped(&value, bounds, whole) } else { None };
    if let Some(nearest) = &nearest {
        notes.push(format!("{value} is out of range: the nearest value is taken, {nearest}"));
    }
    Ok((nearest.unwrap_or(value), (!notes.is_empty()).then(|| notes.join("; "))))
}

/// Reads a text that is a number, with a scale or a remark at most.
fn alone(text: &str, bounds: Bounds, whole: bool) -> Result<Value, String> {
    let wanted = if whole { "a whole number" } else { "a number" };
    let wrong = || format!("{} is not {wanted}", shown(text));
    let plain = without_brackets(bare(text));
    let (digits, rest) = leading(&plain).ok_or_else(wrong)?;
    let written = &plain[..plain.len() - rest.len()];
    let (of, rest) = scale(rest);
    if !is_remark(rest) || rest.trim_start().strip_prefix(['-', '–', '—', ',', ';']).is_some_and(begins_with_number)
    {
        return Err(wrong());
    }
    let number = read(&digits)?;
    match (on_scale(&number, written, of, bounds, whole), of, bounds.max) {
        (Ok(value), ..) => Ok(value),
        (Err(OtherNumber::Scale), Some(_), Some(max)) => {
            Err(format!("{} is on another scale: the highest value is {max}", shown(text)))
        }
        (Err(_), ..) => Err(wrong()),
    }
}

/// Why a number is not the value.
enum OtherNumber {
    Scale,
    Kind,
}

/// A number, spelled as `written`, on the scale of the schema.
fn on_scale(
    number: &Number,
    written: &str,
    of: Option<f64>,
    bounds: Bounds,
    whole: bool,
) -> Result<Value, OtherNumber> {
    // 1.000 may be one thousand.
    if whole && written.split_once('.').is_some_and(|(_, decimals)| decimals.len() > 2) {
        return Err(OtherNumber::Kind);
    }
    let found = number.as_f64().ok_or(OtherNumber::Kind)?;
    let value = match (of, bounds.max) {
        (None, _) => number.clone(),
        (Some(of), None) if of > 0.0 => number.clone(),
        #[expect(clippy::float_cmp, reason = "a limit of the schema is met exactly, or it is another scale")]
        (Some(of), Some(max)) if of == max => number.clone(),
        #[expect(clippy::float_cmp, reason = "a limit of the schema is met exactly, or it is another scale")]
        (Some(of), Some(max)) if max == 1.0 && of > 0.0 && !whole => {
            Number::from_f64(found / of).ok_or(OtherNumber::Kind)?
        }
        (Some(_), Some(_)) => return Err(OtherNumber::Scale),
        (Some(_), None) => return Err(OtherNumber::Kind),
    };
    if whole { integer(&value).ok_or(OtherNumber::Kind) } else { Ok(Value::Number(value)) }
}

/// The first number in a text. Dates, times, ranges and what is part of a word are none. `None` if that number is not
/// the kind of value that is wanted, or on another scale: the next one would be a guess.
fn first(text: &str, bounds: Bounds, whole: bool) -> Option<Value> {
    let plain = bare(text);
    let mut at = 0;
    while let Some(step) = plain[at..].find(|sign: char| sign.is_ascii_digit()) {
        let digit = at + step;
        let start = begin(&plain, digit);
        let end = digit + plain[digit..].find(|sign: char| !is_of_number(sign)).unwrap_or(plain.len() - digit);
        at = end;
        let Some((digits, rest)) = start.and_then(|start| leading(&plain[start..])) else { continue };
        let written = &plain[start.unwrap_or(digit)..plain.len() - rest.len()];
        let (of, after) = scale(rest);
        // `2024-05-01`, `10:30`, `1/2/24`, `1-10`.
        if after.strip_prefix(['-', '–', '—', '/', ':', '.']).is_some_and(begins_with_number) {
            continue;
        }
        if let Some(second) = range(&plain[..start.unwrap_or(digit)], after) {
            at = plain.len() - second.len();
            continue;
        }
        return on_scale(&read(&digits).ok()?, written, of, bounds, whole).ok();
    }
    None
}

/// Where the number begins whose first digit is at `digit`, with its sign; `None` if it is part of a word.
fn begin(text: &str, digit: usize) -> Option<usize> {
    let mut before = text[..digit].char_indices().rev();
    let parts = |sign: Option<char>| sign.is_none_or(|it| it.is_whitespace() || "([{\"'“„:=~≈<>$€£".contains(it));
    match before.next() {
        Some((at, '-' | '−' | '+')) => parts(before.next().map(|(_, sign)| sign)).then_some(at),
        sign => parts(sign.map(|(_, sign)| sign)).then_some(digit),
    }
}

fn is_of_number(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '.' | ',' | '-' | '–' | '/' | ':' | '_' | '\'')
}

/// The rest of a text after the second number of a range, as in `1 to 10`; `None` if there is no range.
fn range<'a>(before: &str, after: &'a str) -> Option<&'a str> {
    let is_between = before.trim_end().to_lowercase().ends_with("between");
    let spaced = after.trim_start();
    let marks = ["to ", "or ", "through ", "till ", "- ", "– ", "— "];
    let rest = marks.into_iter().find_map(|mark| spaced.strip_prefix(mark));
    let rest = rest.or_else(|| spaced.strip_prefix("and ").filter(|_| is_between))?;
    let rest = rest.trim_start();
    leading(rest).map(|(_, rest)| rest)
}

/// The value without brackets around its number, as in `[7]` or `(7)/10`.
fn without_brackets(plain: String) -> String {
    for (open, close) in [('[', ']'), ('(', ')'), ('"', '"'), ('“', '”'), ('<', '>')] {
        if let Some(inner) = plain.strip_prefix(open)
            && let Some((number, rest)) = inner.split_once(close)
            && begins_with_number(number.trim_start_matches(['-', '−', '+']))
        {
            return format!("{}{rest}", number.trim());
        }
    }
    plain
}

/// The bound that is nearest to a value out of range; `None` if it is in range.
fn clamped(value: &Value, bounds: Bounds, whole: bool) -> Option<Value> {
    let found = value.as_f64()?;
    let bound = match (bounds.min, bounds.max) {
        (Some(min), _) if found < min => {
            if whole {
                min.ceil()
            } else {
                min
            }
        }
        (_, Some(max)) if found > max => {
            if whole {
                max.floor()
            } else {
                max
            }
        }
        _ => return None,
    };
    let fits = bounds.min.is_none_or(|min| min <= bound) && bounds.max.is_none_or(|max| bound <= max);
    let number = Number::from_f64(bound).filter(|_| fits)?;
    integer(&number).or(Some(Value::Number(number)))
}

fn begins_with_number(text: &str) -> bool {
    text.trim_start().starts_with(|sign: char| sign.is_ascii_digit())
}

/// Splits a text into the number at its start and the rest; `None` if there is no number, or only a part of one.
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

/// The number that these digits are. The error says that a double would change them.
fn read(digits: &str) -> Result<Number, String> {
    match text_json::read(digits) {
        Ok(JsonNode::Number(number)) => Ok(number),
        Ok(_) => Err(format!("{} is not a number", shown(digits))),
        Err(error) => Err(error.message),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(text: &str, bounds: Bounds, whole: bool) -> Result<Value, String> {
        number(text, bounds, whole, SectionRules::default()).map(|(value, note)| {
            assert_eq!(note, None);
            value
        })
    }

    const TEN: Bounds = Bounds { min: Some(1.0), max: Some(10.0) };

    fn to(max: f64) -> Bounds {
        Bounds { min: None, max: Some(max) }
    }

    #[test]
    fn whole_numbers_and_scores() {
        for text in ["7", "**7**", "7/10", "7 / 10", "**7**/10", "7 out of 10", "7 of 10", "7.0", "+7", "7.", "07"] {
            assert_eq!(strict(text, TEN, true), Ok(json!(7)), "{text}");
        }
        for text in ["7 (good)", "7 - good", "7 — good", "7, because of 3", "7: good", "7. It is 8.", "7/10 (good)"] {
            assert_eq!(strict(text, TEN, true), Ok(json!(7)), "{text}");
        }
        for text in ["", "seven", "7-8", "7 - 8", "7 or 8", "7,5", "7.5", "7k", "5 million", "1.000", "I say 7", "/10"]
        {
            assert!(strict(text, TEN, true).is_err(), "{text}");
        }
        assert_eq!(strict("1,234,567", Bounds::default(), true), Ok(json!(1_234_567)));
        assert_eq!(strict("−3", Bounds::default(), true), Ok(json!(-3)));
        assert_eq!(strict("18446744073709551615", Bounds::default(), true), Ok(json!(u64::MAX)));
        assert!(strict("184467440737095516150", Bounds::default(), true).is_err());
    }

    #[test]
    fn a_number_whose_digits_a_double_would_change_is_refused() {
        for text in ["184467440737095516150", "18446744073709551616", "-9223372036854775809", "9007199254740993.0"] {
            for whole in [true, false] {
                let problem = strict(text, Bounds::default(), whole).unwrap_err();
                assert!(problem.contains("is too large to be kept exactly"), "{text}: {problem}");
            }
        }
        assert_eq!(strict("1e20", Bounds::default(), true), Ok(json!(1e20)));
    }

    #[test]
    fn a_score_is_read_on_the_scale_of_the_schema() {
        assert_eq!(strict("85%", to(100.0), true), Ok(json!(85)));
        assert_eq!(strict("85 %", Bounds::default(), true), Ok(json!(85)));
        assert_eq!(strict("85%", to(1.0), false), Ok(json!(0.85)));
        assert_eq!(strict("7/10", to(1.0), false), Ok(json!(0.7)));
        assert_eq!(strict("7/10", Bounds::default(), true), Ok(json!(7)));
        for (text, max) in [("7/10", 100.0), ("70/100", 10.0), ("85%", 10.0)] {
            let problem = strict(text, to(max), true).unwrap_err();
            assert!(problem.contains("another scale"), "{text}: {problem}");
        }
        assert!(strict("7/0", TEN, true).is_err());
    }

    #[test]
    fn numbers() {
        for (text, value) in
            [("0.5", json!(0.5)), ("-1e3", json!(-1000.0)), ("3", json!(3)), ("1,000.25", json!(1000.25))]
        {
            assert_eq!(strict(text, Bounds::default(), false), Ok(value), "{text}");
        }
        assert!(strict("1e999", Bounds::default(), false).is_err());
    }

    #[test]
    fn a_number_may_stand_in_brackets() {
        for text in ["[7]", "(7)", "\"7\"", "[7/10]", "[7]/10", "**[7]**", "[ 7 ] (good)", "<7>"] {
            assert_eq!(strict(text, TEN, true), Ok(json!(7)), "{text}");
        }
        for text in ["[1, 2]", "[7", "[]", "[seven]", "[7] or [8]"] {
            assert!(strict(text, TEN, true).is_err(), "{text}");
        }
    }

    #[test]
    fn the_first_number_of_a_text_is_taken_where_that_is_wished() {
        let rules = SectionRules { first_number: true, ..SectionRules::default() };
        let found = |text: &str, whole| number(text, TEN, whole, rules);
        for text in [
            "I would say 8",
            "I'd give it an 8/10.",
            "about 8 (or 9)",
            "On a scale of 1 to 10: 8",
            "from 1 - 10, it is 8",
            "between 1 and 10, 8",
            "On 2024-05-01 at 10:30 I said 8",
            "GPT-4 says 8",
            "the 2nd time: 8",
            "in v2 it was 8",
            "(8) or so",
            "It is 8 out of 10 for me",
        ] {
            let (value, note) = found(text, true).unwrap();
            assert_eq!(value, json!(8), "{text}");
            assert!(note.unwrap().ends_with("the first one in it is taken, 8"), "{text}");
        }
        assert_eq!(found("8", true), Ok((json!(8), None)));
        assert_eq!(found("say 7.5", false).unwrap().0, json!(7.5));
        assert_eq!(number("it is -3 here", Bounds::default(), true, rules).unwrap().0, json!(-3));
        for text in ["seven", "7-8", "5k", "2024-05-01", "I say 7.5", "I say 70/100", "v2", "1.000 or so", "#7", ""] {
            assert!(found(text, true).is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_out_of_range_becomes_the_nearest_where_that_is_wished() {
        let rules = SectionRules { clamp: true, ..SectionRules::default() };
        let found = |text: &str, whole| number(text, TEN, whole, rules);
        assert_eq!(found("10", true), Ok((json!(10), None)));
        for (text, value) in [("11", 10), ("11/10", 10), ("0", 1), ("-5", 1), ("1e9", 10)] {
            let (found, note) = found(text, true).unwrap();
            assert_eq!(found, json!(value), "{text}");
            assert!(note.unwrap().contains("is out of range: the nearest value is taken"), "{text}");
        }
        assert_eq!(number("0.2", Bounds { min: Some(0.5), max: None }, false, rules).unwrap().0, json!(0.5));
        assert_eq!(number("3", Bounds { min: None, max: Some(2.5) }, true, rules).unwrap().0, json!(2));
        assert_eq!(number("0", Bounds { min: Some(0.2), max: Some(0.8) }, true, rules).unwrap().0, json!(0));
        assert!(found("70/100", true).unwrap_err().contains("another scale"));
        assert_eq!(number("99", Bounds::default(), true, rules), Ok((json!(99), None)));
    }
}
