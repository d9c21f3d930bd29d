//! What a claim is about: the values that stand beside it in its output.

use serde_json::Value;

use crate::view::text;

/// How many values are shown.
const MOST: usize = 3;
/// How many characters of a value are shown.
const LONGEST: usize = 240;

/// The texts, numbers and the like beside a claim at `path`, such as `rules[0].evidence[1]`: in the claim itself, but
/// for its lines and its quote, and in the object that the claim, or its list, is a part of; the longest text first.
pub(super) fn about(output: &Value, path: &str, quote: &str) -> Vec<(String, String)> {
    let steps = steps(path);
    let mut found = Vec::new();
    if let Some(own) = at(output, &steps) {
        found.extend(values(own).filter(|(_, value)| value.as_str().is_some_and(|it| it != quote)));
    }
    let mut owner = steps.as_slice();
    while let Some((last, before)) = owner.split_last() {
        owner = before;
        if matches!(last, Step::Field(_)) {
            break;
        }
    }
    if owner.len() < steps.len() {
        found.extend(at(output, owner).into_iter().flat_map(values));
    }
    // The longest text says most.
    found.sort_by_key(|(_, value)| std::cmp::Reverse(value.as_str().map_or(0, str::len)));
    found.truncate(MOST);
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    found.into_iter().map(|(name, value)| (name.clone(), text::cut(&plain(value), LONGEST).into_owned())).collect()
}

/// The values of an object that are no lists, objects or nulls.
fn values(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let fields = value.as_object().into_iter().flatten();
    fields.filter(|(_, value)| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)))
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
        assert_eq!(shown("rules[0].evidence[0]"), ["why=said so", "title=Ask", "must=true"]);
        assert_eq!(shown("\"a.b\"[0][0]"), ["note=all"]);
        assert_eq!(shown("rules[7].evidence[0]"), [""; 0]);
        assert_eq!(shown(""), ["note=all"]);
        for odd in ["[", "a..b", "\"", "[x]", "rules[0", "]"] {
            shown(odd);
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        let output = json!({"rules": [{"text": "x".repeat(1_000), "evidence": [{}]}]});
        assert_eq!(about(&output, "rules[0].evidence[0]", "")[0].1.chars().count(), LONGEST);
    }
}
