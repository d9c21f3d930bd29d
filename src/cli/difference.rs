//! A difference as a person reads it: on one line if it is short, else the old value above the new one.

use serde_json::Value;

use crate::record::canonical;
use crate::view::difference::{Change, Difference};
use crate::view::text;

/// The most characters of a value that is shown on one line with the other.
const SHORT: usize = 60;
/// How many characters of a long line are shown.
const LONG: usize = 160;
/// How many lines of a block are shown.
const LINES: usize = 12;

/// The layout of a difference.
#[derive(Debug, PartialEq, Eq)]
pub enum DifferenceLayout {
    /// `llm.temperature: 0 → 0.2`, `checks.one + {…}`.
    Line(String),
    /// A name with the lines of both values.
    Block { name: String, before: Vec<String>, after: Vec<String> },
}

impl DifferenceLayout {
    /// Lays a difference out, with control characters escaped.
    pub fn of(it: &Difference) -> Self {
        let name = text::line(&it.part).into_owned();
        let [before, after] = [&it.before, &it.after].map(plain);
        let short = |text: &str| !text.contains('\n') && text.chars().count() <= SHORT;
        if short(&before) && short(&after) && !is_line(it) {
            return Self::Line(match it.change {
                Change::Added => format!("{name} + {}", word(&it.after)),
                Change::Removed => format!("{name} − {}", word(&it.before)),
                Change::Changed => format!("{name}: {} → {}", word(&it.before), word(&it.after)),
            });
        }
        let from = before.chars().zip(after.chars()).take_while(|(one, two)| one == two).count();
        let side = |value: &Value, text: &str| if value.is_null() { Vec::new() } else { lines(text, from) };
        Self::Block { name, before: side(&it.before, &before), after: side(&it.after, &after) }
    }
}

/// Whether it is a line of a text, which reads best below its old version.
fn is_line(it: &Difference) -> bool {
    let text = |value: &Value| value.is_string() || value.is_null();
    let numbered = it.part.rsplit_once(' ').is_some_and(|(rest, last)| {
        (rest.ends_with("line") || rest.ends_with("lines")) && last.starts_with(|it: char| it.is_ascii_digit())
    });
    numbered && text(&it.before) && text(&it.after)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // 1.0 and 1 are the same number.
        Value::Number(_) => canonical::to_string(value),
        other => other.to_string(),
    }
}

/// Formats a short value; a text is quoted, so that its end can be seen.
fn word(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::String(_) => text::line(&value.to_string()).into_owned(),
        other => text::line(&plain(other)).into_owned(),
    }
}

/// Returns a text on one line, cut if it is long.
pub fn line_of(value: &str) -> String {
    text::cut(&text::line(value), LONG).into_owned()
}

/// Returns the lines of a text; a single long line is cut around the character where the difference begins.
fn lines(text: &str, from: usize) -> Vec<String> {
    let one = !text.contains('\n');
    let all = text.split('\n').count();
    let mut shown: Vec<String> = text
        .split('\n')
        .take(LINES)
        .map(|line| match line {
            "" => "(empty line)".to_owned(),
            line if one && from > LONG / 2 && line.chars().count() > LONG => {
                let rest: String = line.chars().skip(from - LONG / 4).collect();
                format!("…{}", line_of(&rest))
            }
            line => line_of(line),
        })
        .collect();
    if all > LINES {
        shown.push(format!("… and {} more lines", all - LINES));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_values_are_on_one_line() {
        let shown = |it: Difference| match DifferenceLayout::of(&it) {
            DifferenceLayout::Line(line) => line,
            block @ DifferenceLayout::Block { .. } => format!("{block:?}"),
        };
        assert_eq!(shown(Difference::changed("llm.temperature", 0, json!(0.2))), "llm.temperature: 0 → 0.2");
        assert_eq!(shown(Difference::changed("llm.top_p", json!(0.5), json!(1.0))), "llm.top_p: 0.5 → 1");
        assert_eq!(shown(Difference::changed("llm.seed", Value::Null, 7)), "llm.seed: not set → 7");
        assert_eq!(shown(Difference::added("schema: field a: enum", "x")), "schema: field a: enum + \"x\"");
        assert_eq!(shown(Difference::removed("checks.one", "a\u{1b}b")), "checks.one − \"a\\u001bb\"");
    }

    #[test]
    fn lines_stand_above_each_other() {
        let shown = DifferenceLayout::of(&Difference::changed("prompt: user line 2", "one", "two\n"));
        let DifferenceLayout::Block { name, before, after } = shown else { panic!("a block") };
        assert_eq!((name.as_str(), before, after.len()), ("prompt: user line 2", vec!["one".to_owned()], 2));
        assert_eq!(after[1], "(empty line)");
    }

    #[test]
    fn a_long_line_is_shown_where_it_differs() {
        let text = |end: &str| format!("{}{end}", "a".repeat(500));
        let shown = DifferenceLayout::of(&Difference::changed("input: column note", text("one"), text("two")));
        let DifferenceLayout::Block { before, after, .. } = shown else { panic!("a block") };
        assert!(before[0].ends_with("aaone") && before[0].starts_with("…a"), "{before:?}");
        assert!(after[0].ends_with("aatwo") && after[0].chars().count() < 60);
        let many = DifferenceLayout::of(&Difference::added("text", "x\n".repeat(100)));
        let DifferenceLayout::Block { after, .. } = many else { panic!("a block") };
        assert_eq!((after.len(), after[12].as_str()), (13, "… and 89 more lines"));
    }
}
