//! The elements or combinations in an output, from which a step makes one work item each.

use rusqlite::Connection;
use serde_json::Value;

use super::combinations::combinations;
use super::links::{Link, Links};
use super::parent::ParentStanding;
use crate::config::Each;
use crate::record::{ClaimPlaces, OutputPath, PathGap, PathPart, WorkId, canonical, lines_within, shift, shift_lines};

/// The elements or combinations in an output, with lines of the row that the output is about.
#[derive(Debug, Default)]
pub(super) struct Elements {
    pub(super) values: Vec<Value>,
    pub(super) lines: ElementLines,
}

/// Where elements have lines, and how much these are less than the lines of the document.
#[derive(Clone, Debug, Default)]
pub(super) struct ElementLines {
    places: Vec<Vec<PathPart>>,
    offset: i64,
}

impl ElementLines {
    /// Where the elements have lines that `link` makes of outputs with these claims.
    fn of(each: &Each, claims: &[ClaimPlaces], offset: i64) -> Self {
        let places = match each {
            Each::Element { path, .. } => lines_within(claims, &path.clone().elements()),
            // A combination has one element of each list, under the name of the list.
            Each::Pairs { path, .. } => {
                let one = |line: Vec<PathPart>| match line.as_slice() {
                    [axis, PathPart::Elements, rest @ ..] => Some([std::slice::from_ref(axis), rest].concat()),
                    _ => None,
                };
                lines_within(claims, path).into_iter().filter_map(one).collect()
            }
            _ => Vec::new(),
        };
        Self { places, offset }
    }

    /// Returns an element with lines of the document, in canonical JSON; `None` if it has no lines.
    pub(super) fn placed(&self, element: &Value) -> Option<String> {
        if self.places.is_empty() {
            return None;
        }
        let mut placed = element.clone();
        shift_lines(&mut placed, &self.places, self.offset);
        Some(canonical::to_string(&placed))
    }
}

/// Returns the elements or combinations in the output of `parent`, or the reason why there are none.
pub(super) fn elements(
    tx: &Connection,
    links: &Links,
    link: &Link,
    parent: &ParentStanding,
) -> rusqlite::Result<Result<Elements, String>> {
    let (Each::Element { of, path } | Each::Pairs { of, path }) = &link.each else {
        return Ok(Ok(Elements::default()));
    };
    let (mut output, placed) = match parent.cache_entry {
        Some(entry) => {
            let node = links.nodes.get(tx, entry)?;
            let mut output = serde_json::from_str(&node.output).unwrap_or_default();
            shift(&mut output, &node.claims, -node.offset());
            (output, ElementLines::of(&link.each, &node.claims, node.offset()))
        }
        None => (Value::Null, ElementLines::default()),
    };
    Ok(elements_in(&mut output, link, (of, path), parent.work_id).map(|values| Elements { values, lines: placed }))
}

/// Returns the elements or combinations at a path in an output.
fn elements_in(
    output: &mut Value,
    link: &Link,
    (of, path): (&str, &OutputPath),
    parent: WorkId,
) -> Result<Vec<Value>, String> {
    let is_element = matches!(link.each, Each::Element { .. });
    let gap = if is_element { path.clone().elements().gap(output) } else { path.gap(output) };
    if let Some(gap) = gap {
        return Err(match gap {
            PathGap::NoField { path } => format!("the output of `{of}` has no `{path}`"),
            PathGap::NoObject { path } => format!("`{path}` in the output of `{of}` is no object"),
            PathGap::NoList { path } => format!("`{path}` in the output of `{of}` is no list"),
        });
    }
    let mut found: Vec<Value> = Vec::new();
    path.each_mut(output, &mut |value| found.push(value.take()));
    // What is null has no elements.
    found.retain(|value| !value.is_null());
    match (&link.each, found.first()) {
        (Each::Pairs { .. }, Some(axes)) => {
            let seed = format!("{} {}", link.seed, parent);
            combinations(axes, link.pairs, &seed).map_err(|error| format!("`{of}.{path}`: {error}"))
        }
        _ => Ok(found
            .into_iter()
            .flat_map(|it| if let Value::Array(elements) = it { elements } else { vec![it] })
            .collect()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::TaskId;

    fn of(each: &str, output: &Value) -> Result<Vec<Value>, String> {
        let each: Each = each.parse().unwrap();
        let (task_id, parent) = (TaskId::of(&[]), WorkId::of(&[]));
        let (name, parents) = ("next".to_owned(), vec![1]);
        let link = Link { step: 2, name, task: 1, task_id, each, parents, pairs: None, seed: 1 };
        let (Each::Element { path, .. } | Each::Pairs { path, .. }) = &link.each else { panic!("a list") };
        elements_in(&mut output.clone(), &link, ("first", path), parent)
    }

    #[test]
    fn elements_of_nested_lists_are_taken_in_order() {
        let output = json!({"uses": [{"evidence": [1, 2]}, {"evidence": null}, {}, {"evidence": [[3]]}],
            "none": null, "a.b": [4], "deep": {"list": [5]}, "lists": [[6], [7, 8]]});
        for (each, elements) in [
            ("element of first.uses[].evidence[]", json!([1, 2, [3]])),
            ("element of first.none", json!([])),
            ("element of first.\"a.b\"", json!([4])),
            ("element of first.deep.list", json!([5])),
            ("element of first.lists[][]", json!([6, 7, 8])),
            ("element of first.lists[]", json!([[6], [7, 8]])),
        ] {
            assert_eq!(of(each, &output).map(Value::Array), Ok(elements), "{each}");
        }
        for (each, reason) in [
            ("element of first.more", "the output of `first` has no `more`"),
            ("element of first.deep.more", "the output of `first` has no `deep.more`"),
            ("element of first.deep", "`deep` in the output of `first` is no list"),
            ("element of first.deep[].x", "`deep` in the output of `first` is no list"),
            ("element of first.lists[].x", "`lists[0]` in the output of `first` is no object"),
            ("pairs of first.more", "the output of `first` has no `more`"),
        ] {
            assert_eq!(of(each, &output), Err(reason.to_owned()), "{each}");
        }
        assert_eq!(of("element of first.x", &Value::Null), Err("the output of `first` has no `x`".to_owned()));
    }

    #[test]
    fn lines_of_elements_are_those_of_the_document() {
        let claims = [ClaimPlaces {
            at: "uses[].evidence[]".parse().unwrap(),
            lines: vec![OutputPath::field("from"), OutputPath::field("to")],
            quote: OutputPath::field("quote"),
        }];
        let placed =
            |each: &str, element: &Value| ElementLines::of(&each.parse().unwrap(), &claims, 10).placed(element);
        let claim = json!({"from": 1, "quote": "x", "to": 2});
        let text = |value: Value| Some(canonical::to_string(&value));
        assert_eq!(placed("element of a.uses[].evidence", &claim), text(json!({"from": 11, "quote": "x", "to": 12})));
        assert_eq!(
            placed("element of a.uses", &json!({"evidence": [claim], "from": 1})),
            text(json!({"evidence": [{"from": 11, "quote": "x", "to": 12}], "from": 1}))
        );
        assert_eq!(placed("element of a.others", &claim), None);
        assert_eq!(placed("element of a.uses[].evidence[].from", &json!(1)), None, "no list is there");
        let claims = [ClaimPlaces { at: "both.proof[]".parse().unwrap(), ..claims[0].clone() }];
        let lines = ElementLines::of(&"pairs of a.both".parse().unwrap(), &claims, 10);
        assert_eq!(
            lines.placed(&json!({"proof": {"from": 1}, "other": {"from": 1}})),
            text(json!({"proof": {"from": 11}, "other": {"from": 1}}))
        );
    }

    #[test]
    fn combinations_are_found_below_a_path() {
        let output = json!({"plan": {"axes": {"a": [1, 2], "b": [3]}, "none": null}});
        assert_eq!(of("pairs of first.plan.axes", &output).map(|it| it.len()), Ok(2));
        assert_eq!(of("pairs of first.plan.none", &output), Ok(Vec::new()));
    }
}
