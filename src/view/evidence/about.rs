//! What a claim is about: the values that stand beside it in its output.

use serde_json::Value;

use crate::view::text;

/// How many values are shown.
const MOST: usize = 12;
/// How many characters of a value are shown.
const LONGEST: usize = 4_000;

/// The values that say what a claim at `path`, such as `rules[0].evidence[1]`, is about, each with its name: those of
/// the object that holds the claim or its list, then those of the claim itself but for its lines and its quote. In the
/// order of the output, which is that of the schema.
#[must_use]
pub fn about(output: &Value, path: &str, quote: &str) -> Vec<(String, String)> {
    let steps = steps(path);
    let Some(own) = at(output, &steps) else { return Vec::new() };
    let own: Vec<_> = values(own).filter(|(_, value)| value.as_str().is_some_and(|it| it != quote)).collect();
    let mut owner = holder(&steps);
    let mut found: Vec<(&String, &Value)> = Vec::new();
    // The values at the root are about all claims, and not about one that says something of its own.
    while owner.len() < steps.len() && (!owner.is_empty() || own.is_empty()) {
        found = at(output, owner).into_iter().flat_map(values).collect();
        if !found.is_empty() || owner.is_empty() {
            break;
        }
        owner = holder(owner);
    }
    let all = found.into_iter().chain(own).take(MOST);
    all.map(|(name, value)| (name.clone(), text::cut(&plain(value), LONGEST).into_owned())).collect()
}

/// The values of [`about`] in one text, of at most so many characters: texts as they are, others with their names.
#[must_use]
pub fn about_in_short(about: &[(String, String)], most: usize) -> String {
    let said: Vec<String> = about.iter().map(|(name, value)| in_short(name, value)).collect();
    text::cut(&said.join(" \u{b7} "), most).into_owned()
}

fn in_short(name: &str, value: &str) -> String {
    let is_text = value.contains(char::is_alphabetic) && !matches!(value, "true" | "false");
    if is_text { value.split_whitespace().collect::<Vec<_>>().join(" ") } else { format!("{name}: {value}") }
}

/// The steps to the object that holds what these lead to, or the list of it.
fn holder(steps: &[Step]) -> &[Step] {
    let field = steps.iter().rposition(|it| matches!(it, Step::Field(_)));
    &steps[..field.unwrap_or_default()]
}

/// The values of an object that are short enough to read: texts, numbers, true and false, and lists of these.
fn values(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let is_one = |value: &Value| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
    let fields = value.as_object().into_iter().flatten();
    fields.filter(move |(_, value)| match value {
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty() && list.iter().all(is_one),
        other => is_one(other),
    })
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[derive(Debug, PartialEq)]
enum Step {
    Field(String),
    Index(usize),
}

fn at<'a>(value: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Field(name) => value.get(name),
        Step::Index(place) => value.get(place),
    })
}

/// The steps of a path; as far as it can be read.
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
        } else if let Some((place, after)) = rest.strip_prefix('[').and_then(|it| it.split_once(']')) {
            let Ok(place) = place.parse() else { break };
            steps.push(Step::Index(place));
            rest = after;
        } else if rest.starts_with('"') {
            let mut names = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            let Some(Ok(name)) = names.next() else { break };
            rest = &rest[names.byte_offset()..];
            steps.push(Step::Field(name));
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                break;
            }
            steps.push(Step::Field(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_about_what_stands_beside_it() {
        let output = json!({
            "note": "all",
            "rules": [{"title": "Ask", "must": true, "evidence": [{"quote": "q", "line": 3, "why": "said so"}]}],
            "a.b": [[{"quote": "q"}]],
        });
        let shown = |path: &str| -> Vec<String> {
            about(&output, path, "q").into_iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        assert_eq!(shown("rules[0].evidence[0]"), ["title=Ask", "must=true", "why=said so"]);
        assert_eq!(shown("\"a.b\"[0][0]"), ["note=all"]);
        assert_eq!(shown("rules[7].evidence[0]"), [""; 0]);
        assert_eq!(shown(""), ["note=all"]);
        for odd in ["[", "a..b", "\"", "[x]", "rules[0", "]"] {
            shown(odd);
        }
    }

    #[test]
    fn values_stand_in_the_order_of_the_output() {
        let output = json!({
            "summary": "A long text about all of it, which is no claim.",
            "facts": [{"fact": "It snows.", "line": 3, "quote": "q"}],
            "rules": [{"who": "Staff", "rule": "Staff shall ask before they go.", "days": 5, "tags": ["a", "b"],
                "limits": [], "note": "", "proof": {"evidence": [{"line": 1}]}}],
        });
        let short = |path: &str| about_in_short(&about(&output, path, "q"), 60);
        assert_eq!(short("facts[0]"), "It snows.");
        // What holds the list says nothing: what holds that does.
        assert_eq!(
            short("rules[0].proof.evidence[0]"),
            "Staff \u{b7} Staff shall ask before they go. \u{b7} days: 5 \u{b7} a, b"
        );
        assert_eq!(about_in_short(&about(&output, "rules[0].proof.evidence[0]", ""), 12).chars().count(), 12);
        assert_eq!(about_in_short(&[], 12), "");
    }

    #[test]
    fn a_long_value_is_cut() {
        let output = json!({"rules": [{"text": "x".repeat(9_000), "evidence": [{}]}]});
        assert_eq!(about(&output, "rules[0].evidence[0]", "")[0].1.chars().count(), LONGEST);
    }
}
