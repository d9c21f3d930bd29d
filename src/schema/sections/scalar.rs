//! Reads one value as the type that the schema demands. What cannot be read is a problem, never a guess.

use serde_json::{Value, json};

use super::form::Scalar;
use super::number::{Noted, number};
use super::rules::SectionRules;
use super::text::{bare, is_remark, shown};

/// Reads the text of one value, and what is to be said of it. The error says what is wrong with the text.
pub(super) fn read(scalar: &Scalar, text: &str, rules: SectionRules) -> Result<Noted, String> {
    let text = text.trim();
    let plain = |value: Result<Value, String>| value.map(|value| (value, None));
    match scalar {
        Scalar::Text => Ok((Value::String(text.to_owned()), None)),
        Scalar::Integer(bounds) => number(text, *bounds, true, rules),
        Scalar::Number(bounds) => number(text, *bounds, false, rules),
        Scalar::Boolean => plain(boolean(text)),
        Scalar::Choice(values) => plain(choice(text, values)),
    }
}

/// Whether a text is a value of this type and nothing else: no prose, and no remark but one in brackets.
pub(super) fn is_value(scalar: &Scalar, text: &str) -> bool {
    let value = text.split_once(" (").map_or(text, |(value, _)| value).trim();
    let plain = bare(value);
    let is_alone = match scalar {
        Scalar::Text => false,
        Scalar::Integer(_) | Scalar::Number(_) => {
            let rest = plain.to_lowercase().replace("out of", "").replace(" of ", "");
            rest.chars().all(|it| it.is_ascii_digit() || it.is_whitespace() || ".,/%+-−[]()e".contains(it))
        }
        Scalar::Boolean => !plain.trim_end_matches('.').contains(|it: char| !it.is_alphabetic()),
        Scalar::Choice(_) => !plain.contains([':', ';']) && !plain.contains(" - "),
    };
    is_alone && read(scalar, value, SectionRules::default()).is_ok()
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
}
