//! Compares rendered requests with what a case expects of them.

use serde::Serialize;

use super::file::{Case, TextExpectation, Wanted};
use crate::engine::render::model::RenderedRequest;
use crate::view::difference::{self, Difference};

/// How many characters of a line are shown.
const SHOWN: usize = 200;
/// The longest line, in characters, that is compared for its likeness.
const COMPARED: usize = 2_000;

/// What was expected, and is not so.
#[derive(Debug, Serialize)]
pub struct Mismatch {
    /// The expectation, as in `contains "Subject:"`.
    pub expected: String,
    /// What is there instead.
    pub found: String,
    /// Where the whole text is compared: the lines that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

impl Mismatch {
    pub(super) fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { expected: expected.into(), found: found.into(), differences: Vec::new() }
    }

    /// A snapshot that differs from the text, or is missing.
    pub(super) fn of_snapshot(name: &str, kept: Option<&str>, text: &str) -> Self {
        let expected = format!("equals {name}");
        let Some(kept) = kept else {
            return Self::new(expected, "there is no such file: `--update` writes it");
        };
        let differences = difference::texts(name, kept, text);
        Self { expected, found: "these lines differ".to_owned(), differences }
    }
}

/// What of a case's expectations is not so; snapshots aside.
pub(super) fn compare(case: &Case, requests: &[RenderedRequest]) -> Vec<Mismatch> {
    let mut found = Vec::new();
    for expected in &case.expect.texts {
        let parts = requests.iter().flat_map(|it| &it.messages);
        let parts = parts.filter(|it| expected.role.is_none_or(|role| it.role == role));
        let text = parts.map(|it| it.content.as_str()).collect::<Vec<_>>().join("\n\n");
        found.extend(mismatch(expected, &text));
    }
    if let Some(most) = case.expect.max_tokens {
        let over = requests.iter().filter(|it| it.input_tokens > most);
        found.extend(over.map(|it| {
            let about = if it.tokens_exact { "" } else { "about " };
            Mismatch::new(format!("max_tokens {most}"), format!("{about}{} tokens ({})", it.input_tokens, it.counted))
        }));
    }
    found
}

fn mismatch(expected: &TextExpectation, text: &str) -> Option<Mismatch> {
    let (at, written) = match &expected.wanted {
        Wanted::Text(wanted) => (text.find(wanted.as_str()), wanted.as_str()),
        Wanted::Pattern(pattern) => (pattern.find(text).map(|it| it.start()), pattern.as_str()),
    };
    if at.is_some() != expected.not {
        return None;
    }
    let shown = format!("{} {}", expected.key, quoted(written));
    let found = match (at, &expected.wanted) {
        (Some(at), _) => format!("it is in line {}: {}", line_number(text, at), quoted(line_at(text, at))),
        (None, Wanted::Text(wanted)) => match nearest_line(text, wanted) {
            Some((number, line)) => format!("the nearest line is {number}: {}", quoted(line)),
            None => "there is no text".to_owned(),
        },
        (None, Wanted::Pattern(_)) => "nothing in the text matches".to_owned(),
    };
    Some(Mismatch::new(shown, found))
}

fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    serde_json::Value::from(short).to_string()
}

/// The number of the line with the byte at `at`, from 1.
fn line_number(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn line_at(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
    text[start..].lines().next().unwrap_or_default()
}

/// The line that is most like the first line of `wanted` that is not blank, with its number.
fn nearest_line<'a>(text: &'a str, wanted: &str) -> Option<(usize, &'a str)> {
    let wanted: String =
        wanted.lines().map(str::trim).find(|it| !it.is_empty()).unwrap_or(wanted).chars().take(COMPARED).collect();
    let likeness = |line: &str| {
        let line: String = line.trim().chars().take(COMPARED).collect();
        let (line, wanted) = (line.to_lowercase(), wanted.to_lowercase());
        // A line that has the words in another case or in other words around them is the nearest.
        if line.contains(&wanted) { 1.0 } else { strsim::sorensen_dice(&line, &wanted) }
    };
    let mut best: Option<(f64, usize, &str)> = None;
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let score = likeness(line);
        if best.is_none_or(|(best, ..)| score > best) {
            best = Some((score, number, line));
        }
    }
    best.map(|(_, number, line)| (number, line))
}
