//! Makes sample texts and numbers.

use serde_json::{Number, Value};

use super::pattern;
use super::random::Random;
use crate::schema::json::JsonNode;

/// The longest text that is made, in characters.
const MAX_LENGTH: u64 = 1_000_000;
/// How often a text of the right length is tried for a pattern.
const TRIES: usize = 20;

const WORDS: &[&str] = &[
    "amber", "basin", "cedar", "delta", "ember", "fable", "grove", "harbor", "inlet", "jasper", "kernel", "linden",
    "meadow", "nectar", "orchard", "pebble", "quartz", "river", "saddle", "timber",
];

/// A text for a merged schema of type string.
pub(super) fn text(schema: &JsonNode, random: &mut Random) -> Result<String, String> {
    let least = length(schema, "minLength").unwrap_or(0);
    let most = length(schema, "maxLength").unwrap_or(u64::MAX);
    if least > MAX_LENGTH {
        return Err(format!("`minLength` {least} is more than samples are made for"));
    }
    if least > most {
        return Err(format!("`minLength` {least} is greater than `maxLength` {most}"));
    }
    let (least, most) = (usize::try_from(least).unwrap_or(0), usize::try_from(most).unwrap_or(usize::MAX));
    let fits = |text: &String| (least..=most).contains(&text.chars().count());
    if let Some(pattern) = schema.get("pattern").and_then(JsonNode::as_str) {
        let mut found = String::new();
        for extra in 0..TRIES {
            // Short texts first, then ever longer ones, up to what `minLength` asks for.
            let extra = if extra < 5 { extra } else { extra * (1 + least / 4) };
            found = pattern::matching(pattern, extra, random)?;
            if fits(&found) && (extra > 0 || most < 8) {
                break;
            }
        }
        return Ok(found);
    }
    let formatted = schema.get("format").and_then(JsonNode::as_str).and_then(|format| formatted(format, random));
    Ok(formatted.unwrap_or_else(|| words(least, most, random)))
}

/// Words that nobody mistakes for an answer, between `least` and `most` characters.
fn words(least: usize, most: usize, random: &mut Random) -> String {
    let mut text = "sample".to_owned();
    let wanted = 2 + random.between(0, 2);
    let mut count = 0;
    while count < wanted || text.len() < least {
        text.push(' ');
        text.push_str(random.pick(WORDS).copied().unwrap_or("word"));
        count += 1;
    }
    // All words are ASCII, so bytes are characters.
    if text.len() > most {
        // Short texts differ by what follows the first letters.
        text = text.chars().skip(if most < 8 { 7 } else { 0 }).collect();
        while text.len() < most {
            text.push_str("sample");
        }
        text.truncate(most);
    }
    text
}

/// A text of a format; `None` for an unknown format.
fn formatted(format: &str, random: &mut Random) -> Option<String> {
    let word = random.pick(WORDS).copied().unwrap_or("word");
    let number = random.below(1000);
    let date = format!("20{:02}-{:02}-{:02}", random.below(30), 1 + random.below(12), 1 + random.below(28));
    let time = format!("{:02}:{:02}:{:02}Z", random.below(24), random.below(60), random.below(60));
    let text = match format {
        "date" => date,
        "date-time" => format!("{date}T{time}"),
        "time" => time,
        "duration" => format!("P{}D", 1 + number),
        "email" | "idn-email" => format!("sample.{word}{number}@example.com"),
        "hostname" | "idn-hostname" => format!("sample-{word}{number}.example.com"),
        "ipv4" => format!("192.0.2.{}", random.below(256)),
        "ipv6" => format!("2001:db8::{:x}", 1 + number),
        "uuid" => {
            let (high, low) = (random.next(), random.next());
            let variant = 0x8000 | (low >> 48) & 0x3fff;
            format!(
                "{:08x}-{:04x}-4{:03x}-{variant:04x}-{:012x}",
                high >> 32,
                high >> 16 & 0xffff,
                high & 0xfff,
                low & 0xffff_ffff_ffff
            )
        }
        "uri" | "iri" | "uri-reference" | "iri-reference" | "uri-template" => {
            format!("https://example.com/sample/{word}-{number}")
        }
        "json-pointer" => format!("/sample/{word}"),
        "relative-json-pointer" => format!("{}/sample", number % 10),
        "regex" => format!("sample {word}"),
        _ => return None,
    };
    Some(text)
}

/// A non-negative whole number under `key`.
pub(super) fn length(schema: &JsonNode, key: &str) -> Option<u64> {
    match schema.get(key) {
        Some(JsonNode::Number(number)) => number.as_u64().or_else(|| number.as_f64().map(whole)),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, and negative is 0 here")]
fn whole(number: f64) -> u64 {
    number as u64
}

fn bound(schema: &JsonNode, key: &str) -> Option<Number> {
    match schema.get(key) {
        Some(JsonNode::Number(number)) => Some(number.clone()),
        _ => None,
    }
}

/// A whole number for a merged schema of type integer.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what a bound out of range means")]
pub(super) fn integer(schema: &JsonNode, random: &mut Random) -> Result<Value, String> {
    let exact = |number: &Number| number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    let up = |number: Number| exact(&number).or_else(|| number.as_f64().map(|it| it.ceil() as i128));
    let down = |number: Number| exact(&number).or_else(|| number.as_f64().map(|it| it.floor() as i128));
    let low = [
        bound(schema, "minimum").and_then(up),
        bound(schema, "exclusiveMinimum").and_then(down).map(|it| it.saturating_add(1)),
    ];
    let high = [
        bound(schema, "maximum").and_then(down),
        bound(schema, "exclusiveMaximum").and_then(up).map(|it| it.saturating_sub(1)),
    ];
    let (low, high) = (low.into_iter().flatten().max(), high.into_iter().flatten().min());
    let step = bound(schema, "multipleOf");
    if let Some(step) = step.as_ref().and_then(Number::as_f64).filter(|step| step.fract() != 0.0) {
        return whole_multiple(step, low, high, random);
    }
    let step = step.and_then(down).unwrap_or(1).max(1);
    let span = step.saturating_mul(100);
    let (low, high) = match (low, high) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low.saturating_add(span)),
        (None, Some(high)) => (high.saturating_sub(span), high),
        (None, None) => (0, span),
    };
    // Integers of more than 64 bits are lost by many JSON readers.
    let (low, high) = (low.max(i64::MIN.into()), high.min(u64::MAX.into()));
    let first = low.div_euclid(step) + i128::from(low.rem_euclid(step) != 0);
    let last = high.div_euclid(step);
    if first > last {
        return Err(format!("no integer from {low} to {high} is a multiple of {step}"));
    }
    let count = u64::try_from(last - first).unwrap_or(u64::MAX - 1).saturating_add(1);
    let chosen = (first + i128::from(random.below(count))) * step;
    i64::try_from(chosen)
        .map(Value::from)
        .or_else(|_| u64::try_from(chosen).map(Value::from))
        .map_err(|_| format!("no integer of 64 bits is a multiple of {step} here"))
}

/// A whole number that is a multiple of a fraction.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "checked by validating the sample")]
fn whole_multiple(step: f64, low: Option<i128>, high: Option<i128>, random: &mut Random) -> Result<Value, String> {
    let low = low.or_else(|| high.map(|it| it - 1000)).unwrap_or(0);
    let high = high.unwrap_or(low + 1000).min(low.saturating_add(100_000));
    let is_multiple = |it: &i128| (*it as f64 / step).fract() == 0.0;
    let found: Vec<i128> = (low..=high).filter(is_multiple).take(100).collect();
    let chosen = random.pick(&found).ok_or_else(|| format!("no integer found that is a multiple of {step}"))?;
    Ok(Value::from(*chosen as i64))
}

/// A number for a merged schema of type number.
pub(super) fn number(schema: &JsonNode, random: &mut Random) -> Result<Value, String> {
    let get = |key: &str| bound(schema, key).and_then(|number| number.as_f64());
    let larger = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::max);
    let smaller = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::min);
    let low = larger(get("minimum"), get("exclusiveMinimum"));
    let high = smaller(get("maximum"), get("exclusiveMaximum"));
    let step = get("multipleOf");
    let span = step.unwrap_or(1.0) * 100.0;
    let (low, high) = match (low, high) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low + span),
        (None, Some(high)) => (high - span, high),
        (None, None) => (0.0, span),
    };
    if low > high {
        return Err(format!("the least number {low} is greater than the largest, {high}"));
    }
    // Between the bounds rather than at one of them, which may be exclusive.
    let share = f64::from(u32::try_from(1 + random.below(998)).unwrap_or(1)) / 1000.0;
    let mut chosen = low + (high - low) * share;
    if let Some(step) = step {
        let allowed = |it: f64| {
            get("minimum").is_none_or(|low| it >= low)
                && get("exclusiveMinimum").is_none_or(|low| it > low)
                && get("maximum").is_none_or(|high| it <= high)
                && get("exclusiveMaximum").is_none_or(|high| it < high)
        };
        let nearest = (chosen / step).round();
        let near = [nearest, nearest - 1.0, nearest + 1.0].map(|count| decimal(count * step));
        chosen = near
            .into_iter()
            .find(|it| allowed(*it))
            .ok_or_else(|| format!("no number between {low} and {high} is a multiple of {step}"))?;
    } else {
        let rounded = (chosen * 100.0).round() / 100.0;
        if rounded > low && rounded < high {
            chosen = rounded;
        }
    }
    Number::from_f64(chosen).map(Value::Number).ok_or_else(|| "the range is too wide".to_owned())
}

/// The nearest number of at most 12 decimal places: 3 × 0.1 is 0.3 here.
fn decimal(number: f64) -> f64 {
    format!("{number:.12}").parse().unwrap_or(number)
}
