//! Resolves the list `evidence` of a step.

use super::answer::Answer;
use super::block::ConfigBlock;
use super::each::Each;
use super::error::ConfigError;
use super::raw;
use super::resolved::{Evidence, Step};
use crate::record::OutputPath;

/// Where evidence belongs, for those who wrote it elsewhere.
const HINT: &str = "declare it in the step that reads rows of documents: without grouping, and without `each`";

/// Resolves the evidence of `step`. `is_grouped` says whether its rows are grouped.
pub(super) fn evidence(
    at: &ConfigBlock<'_>,
    written: Option<Vec<raw::Evidence>>,
    step: &Step,
    answer: Answer,
    is_grouped: bool,
) -> Result<Vec<Evidence>, ConfigError> {
    let written = written.unwrap_or_default();
    if written.is_empty() {
        return Ok(Vec::new());
    }
    let name = step.own_name().map_or_else(|| "the step".to_owned(), |name| format!("step `{name}`"));
    let fault = if step.rule.is_some() {
        Some((format!("{name} computes its output with a rule, and no model quotes anything"), HINT.to_owned()))
    } else if step.verdict {
        Some((format!("{name} asks for a verdict, which has no claims"), HINT.to_owned()))
    } else if step.each != Each::Source {
        let each = &step.each;
        Some((format!("{name} takes `{each}`, and a claim is held against the lines of one row"), HINT.to_owned()))
    } else if is_grouped {
        let what = "is over grouped rows, and a claim is held against the lines of one row";
        Some((format!("{name} {what}"), HINT.to_owned()))
    } else if !answer.is_json() {
        let hint = "write `answer: json`, with the lines and the quote of a claim as fields of an object".to_owned();
        Some((format!("its claims are parts of a JSON object, and `answer` is `{}`", answer.as_str()), hint))
    } else {
        None
    };
    if let Some((reason, hint)) = fault {
        return Err(at.bad("evidence", reason).with_hint(hint));
    }
    let mut found: Vec<Evidence> = Vec::with_capacity(written.len());
    for (index, written) in written.into_iter().enumerate() {
        let entry = entry(at, index, written)?;
        if let Some(first) = found.iter().position(|other| other.at == entry.at) {
            let reason = format!("`{}` is the path of `evidence[{first}]` too", entry.at);
            return Err(bad(at, index, "at", reason).with_hint("keep one of the two entries"));
        }
        if let Some((first, field)) = shared_line(&found, &entry) {
            let reason = format!("`{field}` is a line of `evidence[{first}]` too");
            return Err(bad(at, index, "lines", reason).with_hint("give each kind of claim lines of its own"));
        }
        found.push(entry);
    }
    Ok(found)
}

/// The earlier entry that has a line field of `entry`, too, and that field.
fn shared_line(found: &[Evidence], entry: &Evidence) -> Option<(usize, OutputPath)> {
    let lines = |entry: &Evidence| -> Vec<OutputPath> {
        let places = entry.places().ok();
        places.iter().flat_map(|places| places.lines.iter().map(|line| places.at.join(line))).collect()
    };
    let of_entry = lines(entry);
    found.iter().enumerate().find_map(|(index, other)| {
        lines(other).into_iter().find(|line| of_entry.contains(line)).map(|line| (index, line))
    })
}

/// An error in the entry `index`.
fn bad(at: &ConfigBlock<'_>, index: usize, key: &str, reason: String) -> ConfigError {
    let item = at.node.elements("evidence").get(index);
    let origin = item.map_or_else(|| at.origin("evidence"), |item| item.origin_of(key));
    ConfigError::value(format!("evidence[{index}].{key}"), reason, origin)
}

fn entry(at: &ConfigBlock<'_>, index: usize, written: raw::Evidence) -> Result<Evidence, ConfigError> {
    let wrong = |key: &str, reason: String| bad(at, index, key, reason);
    let path = |key: &str, text: &str| text.parse::<OutputPath>().map_err(|error| wrong(key, error.to_string()));
    let claims = path("at", &written.at)?;
    let lines =
        written.lines.map_or_else(|| ["line_start", "line_end"].map(str::to_owned).to_vec(), raw::LineFields::into_vec);
    if !(1..=2).contains(&lines.len()) {
        let reason = format!("expected one field, or those of the first and the last line, found {}", lines.len());
        return Err(wrong("lines", reason));
    }
    let quote = written.quote.unwrap_or_else(|| "quote".to_owned());
    let mut fields: Vec<OutputPath> = Vec::with_capacity(3);
    for (key, text) in lines.iter().map(|text| ("lines", text)).chain([("quote", &quote)]) {
        let field = path(key, text)?;
        if field.is_plural() {
            let reason = format!("`{text}` leads to several values, and a claim has one of each");
            return Err(wrong(key, reason).with_hint("let `at` lead to each claim, and name its fields from there"));
        }
        if fields.contains(&field) {
            return Err(wrong(key, format!("`{text}` is named twice")));
        }
        fields.push(field);
    }
    let texts: Vec<String> = fields.iter().map(ToString::to_string).collect();
    let (quote, lines) = texts.split_last().map(|(quote, lines)| (quote.clone(), lines.to_vec())).unwrap_or_default();
    Ok(Evidence {
        at: claims.to_string(),
        lines,
        quote,
        on_mismatch: written.on_mismatch.unwrap_or_default(),
        matching: written.r#match.unwrap_or_default(),
    })
}
