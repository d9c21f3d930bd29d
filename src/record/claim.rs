//! Where claims stand in an output ([`ClaimPlaces`]), and how their lines are counted: from 1 in the row that a model
//! sees, or in the whole document.

use std::collections::BTreeSet;

use serde_json::{Number, Value};

use super::path::{OutputPath, PathPart, walk_mut};

/// Where the claims of a step's outputs stand: an entry of `evidence` in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPlaces {
    /// The claims.
    pub at: OutputPath,
    /// The fields of a claim that are lines: the first and the last one, or only one. They lie below `at`.
    pub lines: Vec<OutputPath>,
    /// The field that is quoted, below `at`.
    pub quote: OutputPath,
}

/// A whole number as a line, `3.0` too; `None` if no document can have such a line.
#[must_use]
pub fn line_number(value: &Value) -> Option<i64> {
    const MOST: i64 = 1 << 53;
    let whole = value.as_i64().or_else(|| {
        let real = value.as_f64().filter(|real| real.fract() == 0.0 && real.abs() <= 9_007_199_254_740_992.0)?;
        #[expect(clippy::cast_possible_truncation, reason = "a whole number within bounds")]
        Some(real as i64)
    })?;
    (-MOST..=MOST).contains(&whole).then_some(whole)
}

/// Adds `delta` to a line. What is no whole number stays as it is; `3.0` is one.
fn add(line: &mut Value, delta: i64) {
    if let Some(moved) = line.as_i64().or_else(|| line_number(line)).and_then(|it| it.checked_add(delta)) {
        *line = Value::Number(Number::from(moved));
    }
}

/// Adds `delta` to the lines of every claim in `output`. What is no whole number stays as it is.
pub fn shift<'a>(output: &mut Value, claims: impl IntoIterator<Item = &'a ClaimPlaces>, delta: i64) {
    if delta != 0 {
        each_line(output, claims, &mut |line| add(line, delta));
    }
}

/// Calls `change` with the lines of every claim in `output`, once each, also where two entries name one field.
pub fn each_line<'a>(
    output: &mut Value,
    claims: impl IntoIterator<Item = &'a ClaimPlaces>,
    change: &mut dyn FnMut(&mut Value),
) {
    let fields: BTreeSet<OutputPath> =
        claims.into_iter().flat_map(|it| it.lines.iter().map(|line| it.at.join(line))).collect();
    for field in fields {
        field.each_mut(output, change);
    }
}

/// Where lines stand in a part of an output: those of `claims` that lie in what `part` leads to, as paths from there.
/// An empty path is the part itself.
#[must_use]
pub fn lines_within(claims: &[ClaimPlaces], part: &OutputPath) -> Vec<Vec<PathPart>> {
    let all: BTreeSet<OutputPath> = claims.iter().flat_map(|it| it.lines.iter().map(|line| it.at.join(line))).collect();
    all.iter().filter_map(|line| line.below(part)).map(<[PathPart]>::to_vec).collect()
}

/// Adds `delta` to the whole numbers that `lines` lead to in `part`: what [`lines_within`] returned.
pub fn shift_lines(part: &mut Value, lines: &[Vec<PathPart>], delta: i64) {
    for line in lines.iter().filter(|_| delta != 0) {
        walk_mut(line, part, &mut |line| add(line, delta));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(at: &str, lines: &[&str], quote: &str) -> ClaimPlaces {
        let path = |text: &&str| text.parse().unwrap();
        ClaimPlaces { at: path(&at), lines: lines.iter().map(path).collect(), quote: path(&quote) }
    }

    #[test]
    fn only_the_lines_of_claims_move() {
        let all =
            [claims("uses[].evidence[]", &["line_start", "line_end"], "quote"), claims("source", &["at.line"], "text")];
        let mut output = json!({"line_start": 1, "uses": [
            {"line_start": 1, "evidence": [{"line_start": 3, "line_end": 4, "quote": "3", "count": 3}]},
            {"evidence": null}, {"evidence": [{"line_start": null}, {"line_end": "4"}]}],
            "source": {"at": {"line": 9}, "text": "x"}});
        let before = output.clone();
        shift(&mut output, &all, 10);
        assert_eq!(
            output,
            json!({"line_start": 1, "uses": [
                {"line_start": 1, "evidence": [{"line_start": 13, "line_end": 14, "quote": "3", "count": 3}]},
                {"evidence": null}, {"evidence": [{"line_start": null}, {"line_end": "4"}]}],
                "source": {"at": {"line": 19}, "text": "x"}})
        );
        shift(&mut output, &all, -10);
        assert_eq!(output, before);
    }

    #[test]
    fn a_field_that_two_entries_name_moves_once() {
        let all = [claims("a[]", &["at.from", "at.to"], "quote"), claims("a[].at", &["from"], "quote")];
        let mut output = json!({"a": [{"at": {"from": 1, "to": 1}, "quote": "x"}]});
        shift(&mut output, &all, 2);
        assert_eq!(output["a"][0]["at"], json!({"from": 3, "to": 3}));
        let one = [claims("a[]", &["line"], "quote"), claims("a[]", &["line"], "more")];
        let mut output = json!({"a": [{"line": 1}]});
        shift(&mut output, &one, 2);
        assert_eq!(output, json!({"a": [{"line": 3}]}));
    }

    #[test]
    fn a_whole_number_moves_however_it_is_written() {
        let all = [claims("a[]", &["from", "to"], "quote")];
        let mut output = json!({"a": [{"from": 5.0, "to": 5}, {"from": 5.5, "to": "5"}, {"from": 1e300, "to": true}]});
        shift(&mut output, &all, -2);
        assert_eq!(output, json!({"a": [{"from": 3, "to": 3}, {"from": 5.5, "to": "5"}, {"from": 1e300, "to": true}]}));
        let mut part = json!({"from": 5.0, "to": 30e-1});
        shift_lines(&mut part, &lines_within(&all, &"a[]".parse().unwrap()), 2);
        assert_eq!(part, json!({"from": 7, "to": 5}));
    }

    #[test]
    fn lines_are_found_in_parts_of_an_output() {
        let all = [claims("uses[].evidence[]", &["from", "to"], "quote"), claims("other", &["line"], "quote")];
        let within = |part: &str| lines_within(&all, &part.parse().unwrap());
        let mut one = json!({"from": 1, "to": 2, "line": 5});
        shift_lines(&mut one, &within("uses[].evidence[]"), 7);
        assert_eq!(one, json!({"from": 8, "to": 9, "line": 5}));
        let mut case = json!({"evidence": [{"from": 1, "to": 2}], "from": 1});
        shift_lines(&mut case, &within("uses[]"), 7);
        assert_eq!(case, json!({"evidence": [{"from": 8, "to": 9}], "from": 1}));
        let mut number = json!(4);
        shift_lines(&mut number, &within("other.line"), 1);
        assert_eq!(number, json!(5));
        assert!(within("uses[].name").is_empty());
    }
}
