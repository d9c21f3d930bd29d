//! Whether an answer is whole ([`check_finish`]), and whether what it holds can be kept ([`check_characters`]).

use serde_json::Value;

use super::fault::Fault;
use super::reading::TapeAnswer;
use crate::provider::{Finish, WORD_CHARS, excerpt, is_output_limit};
use crate::record::AttemptOutcome;
use crate::schema::Violation;

/// What a line of a fault begins with that is for people, and that no model is told.
pub const HINT: &str = "hint: ";

/// Checks that an answer came to its end.
pub(super) fn check_finish(answer: &TapeAnswer) -> Result<(), Fault> {
    let word = answer.finish_reason.as_deref();
    let shown = || excerpt(word.unwrap_or_default(), WORD_CHARS);
    let cut = |what: String| {
        let problem = answer.problem.iter().map(|it| format!("\n{it}"));
        Fault::new(AttemptOutcome::Truncated, std::iter::once(what).chain(problem).collect::<String>())
    };
    match answer.finish {
        Finish::Stop => Ok(()),
        // The word says that it is an end, and the response has more than its text.
        Finish::Length if answer.problem.is_some() && Finish::of_word(word) == Finish::Stop => {
            Err(cut("the answer is not complete".to_owned()))
        }
        Finish::Length if word.is_none_or(is_output_limit) => {
            Err(cut("the answer was cut off at the output limit before it was complete".to_owned()))
        }
        Finish::Length if word.is_some_and(Finish::is_context_limit) => Err(cut(format!(
            "the answer was cut off before it was complete: the context of the model was full (`{}`)",
            shown()
        ))),
        Finish::Length => Err(cut(format!(
            "the answer broke off before it was complete: the provider gives the finish reason `{}`",
            shown()
        ))),
        Finish::Refusal => {
            Err(Fault::new(AttemptOutcome::Refused, format!("the model refused: {}", answer.text.trim_end())))
        }
        Finish::ContentFilter => {
            let why = match word {
                None | Some("content_filter") => String::new(),
                Some(_) => format!(" (`{}`)", shown()),
            };
            let what = format!("the provider's content filter held the answer back{why}");
            Err(Fault::new(AttemptOutcome::ContentFilter, what))
        }
        Finish::Unknown => {
            let hint = format!(
                "{HINT}if `{}` is the end of a whole answer, add {}",
                shown(),
                settings(word.unwrap_or_default())
            );
            let what = format!("the answer may be cut off: it ends with `{}`, which is not known as an end", shown());
            Err(cut(format!("{what}\n{hint}")))
        }
    }
}

/// The setting that makes a finish reason the end of a whole answer, and the one for a reason that says otherwise.
#[must_use]
pub fn settings(word: &str) -> String {
    let is_plain = word.starts_with(|it: char| it.is_ascii_alphabetic())
        && word.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .iter()
            .any(|it| it.eq_ignore_ascii_case(word));
    let key = if is_plain { word.to_owned() } else { Value::from(word).to_string() };
    format!("`llm.finish: {{{key}: stop}}`; if it says that the answer was cut off, `llm.finish: {{{key}: length}}`")
}

/// Returns the output if files and views can carry its texts.
pub(super) fn check_characters(output: Value) -> Result<Value, Fault> {
    let lines: Vec<String> = unkeepable(&output).iter().map(ToString::to_string).collect();
    if lines.is_empty() { Ok(output) } else { Err(Fault::new(AttemptOutcome::InvalidSchema, lines.join("\n"))) }
}

/// The places of an output whose texts no file and no view can carry: those with U+0000.
pub(in crate::stage) fn unkeepable(output: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    nuls(output, "", &mut found);
    found
}

/// Adds the places of texts with U+0000.
fn nuls(value: &Value, at: &str, found: &mut Vec<Violation>) {
    let mut add = |pointer: &str| {
        if found.len() < Violation::LIMIT {
            let message = "has the character U+0000, which no table can carry; leave it out".to_owned();
            found.push(Violation { pointer: pointer.to_owned(), message });
        }
    };
    match value {
        Value::String(text) if text.contains('\0') => add(at),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| nuls(item, &format!("{at}/{index}"), found));
        }
        Value::Object(members) => {
            for (key, member) in members {
                let place = format!("{at}/{}", key.replace('\0', "\u{2400}").replace('~', "~0").replace('/', "~1"));
                if key.contains('\0') {
                    let message = "has the character U+0000 in its name; leave it out".to_owned();
                    found.push(Violation { pointer: place.clone(), message });
                }
                nuls(member, &place, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(finish: Finish, word: Option<&str>) -> Fault {
        let answer = TapeAnswer { finish, finish_reason: word.map(str::to_owned), ..TapeAnswer::of_text("a".into()) };
        check_finish(&answer).unwrap_err()
    }

    #[test]
    fn a_fault_says_why_an_answer_is_not_whole() {
        let limit = "the answer was cut off at the output limit before it was complete";
        assert_eq!(fault(Finish::Length, Some("MAX_TOKENS")).detail, limit);
        assert_eq!(fault(Finish::Length, None).detail, limit);
        for word in ["model_length", "model_context_window_exceeded"] {
            let full = fault(Finish::Length, Some(word));
            assert_eq!(full.outcome, AttemptOutcome::Truncated);
            assert!(full.detail.ends_with(&format!("the context of the model was full (`{word}`)")), "{}", full.detail);
        }
        let broken = fault(Finish::Length, Some("insufficient_system_resource"));
        assert_eq!(broken.outcome, AttemptOutcome::Truncated);
        assert!(broken.detail.contains("`insufficient_system_resource`"), "{}", broken.detail);
        let unknown = fault(Finish::Unknown, Some("eos"));
        assert_eq!(unknown.outcome, AttemptOutcome::Truncated);
        assert!(unknown.detail.contains("llm.finish: {eos: stop}"), "{}", unknown.detail);
        assert_eq!(fault(Finish::ContentFilter, Some("SAFETY")).outcome, AttemptOutcome::ContentFilter);
    }

    #[test]
    fn the_settings_are_valid_yaml() {
        for (word, expected) in
            [("eos", "eos"), ("a b", "\"a b\""), ("true", "\"true\""), ("1", "\"1\""), ("a\"b", "\"a\\\"b\"")]
        {
            let [stop, length] = ["stop", "length"].map(|it| format!("`llm.finish: {{{expected}: {it}}}`"));
            assert_eq!(settings(word), format!("{stop}; if it says that the answer was cut off, {length}"));
        }
    }

    #[test]
    fn u_0000_is_named_with_its_place() {
        let output = json!({"a": ["x", "y\0"], "b\0": 1, "c": "\0"});
        let fault = check_characters(output).unwrap_err();
        let places: Vec<&str> = fault.detail.lines().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(places, ["/a/1", "/b\u{2400}", "/c"]);
        assert_eq!(check_characters(json!({"a": "x"})), Ok(json!({"a": "x"})));
    }
}
