//! Where valid outputs may lack what a path leads to: [`Gap`].

use super::contract::Contract;
use super::json::JsonNode;
use super::output_path::{Below, Way, below, names_in, types, ways_of_all};
use crate::record::{OutputPath, PathPart};

/// A place at which a contract allows that nothing is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub path: OutputPath,
    pub kind: GapKind,
}

/// How nothing can be at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapKind {
    /// The field may be left out.
    Optional,
    /// The value may be null.
    Nullable,
    /// The list may be empty.
    Empty,
}

impl Contract {
    /// Returns where an output may have nothing at `path`, in each element of the innermost list before its last part,
    /// or else in the output. There is no gap where what would lack it has no other field.
    #[must_use]
    pub fn gaps_before(&self, path: &OutputPath) -> Vec<Gap> {
        let parts = path.parts();
        let before_last = &parts[..parts.len().saturating_sub(1)];
        let holder = before_last.iter().rposition(|part| *part == PathPart::Elements).map_or(0, |at| at + 1);
        let (gaps, has_others) = self.gaps(parts, holder);
        if has_others { gaps } else { Vec::new() }
    }

    /// Whether `field` may be missing or null in what `path` leads to.
    #[must_use]
    pub fn may_lack(&self, path: &OutputPath, field: &OutputPath) -> bool {
        !self.gaps(path.join(field).parts(), path.parts().len()).0.is_empty()
    }

    /// The gaps on a path, from its part at `start` on, and whether an object there has a field beside the path.
    fn gaps(&self, parts: &[PathPart], start: usize) -> (Vec<Gap>, bool) {
        let mut here = vec![self.tree()];
        let (mut gaps, mut has_others) = (Vec::new(), false);
        for (index, part) in parts.iter().enumerate() {
            let ways = ways_of_all(self.tree(), &here);
            let Below::Schemas(next) = below(&ways, part) else { break };
            here = next;
            if index < start {
                continue;
            }
            has_others |= *part != PathPart::Elements && names_in(&ways).len() > 1;
            let at = |end: usize| OutputPath::of_parts(parts[..end].to_vec());
            let mut add = |path: Option<OutputPath>, kind| gaps.extend(path.map(|path| Gap { path, kind }));
            match part {
                PathPart::Field(name) => {
                    if ways.iter().any(|way| is(way, "object") && !requires(way, name)) {
                        add(at(index + 1), GapKind::Optional);
                    }
                }
                PathPart::Elements => {
                    if ways.iter().any(|way| is(way, "array") && !has_elements(way)) {
                        add(at(index), GapKind::Empty);
                    }
                }
            }
            if ways_of_all(self.tree(), &here).iter().any(|way| is(way, "null")) {
                add(at(index + 1), GapKind::Nullable);
            }
        }
        (gaps, has_others)
    }
}

/// Whether a value of this type satisfies all of these schemas.
fn is(way: &Way<'_>, kind: &str) -> bool {
    types(way).is_none_or(|types| types.contains(kind))
}

fn requires(way: &Way<'_>, name: &str) -> bool {
    let mut required = way.iter().filter_map(|schema| schema.get("required")).flat_map(JsonNode::items);
    required.any(|it| it.as_str() == Some(name))
}

fn has_elements(way: &Way<'_>) -> bool {
    let least = way.iter().filter_map(|schema| schema.get("minItems"));
    least.into_iter().any(|it| matches!(it, JsonNode::Number(number) if number.as_f64().is_some_and(|it| it >= 1.0)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A contract whose outputs have a list `rules`, each with this evidence.
    fn rules(evidence: &Value, required: &Value) -> Contract {
        let rule = json!({"type": "object", "required": required, "properties": {
            "rule": {"type": "string"}, "evidence": evidence}});
        of(&json!({"type": "object", "properties": {"rules": {"type": "array", "items": rule}}}))
    }

    fn of(schema: &Value) -> Contract {
        Contract::parse(&schema.to_string(), "s.json").unwrap()
    }

    fn gaps(contract: &Contract, path: &str) -> Vec<String> {
        let gaps = contract.gaps_before(&path.parse().unwrap());
        gaps.iter().map(|gap| format!("{} {:?}", gap.path, gap.kind)).collect()
    }

    #[test]
    fn a_list_with_evidence_is_required_and_has_elements() {
        let claim = json!({"type": "object", "properties": {"line": {"type": "integer"}}});
        let list = |more: Value| {
            let mut list = json!({"type": "array", "items": claim});
            list.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            list
        };
        let required = json!(["rule", "evidence"]);
        for (evidence, required, expected) in [
            (list(json!({"minItems": 1})), &required, vec![]),
            (json!({"allOf": [list(json!({})), {"minItems": 2}]}), &required, vec![]),
            (list(json!({})), &required, vec!["rules[].evidence Empty"]),
            (list(json!({"minItems": 0})), &required, vec!["rules[].evidence Empty"]),
            (list(json!({"minItems": 1})), &json!(["rule"]), vec!["rules[].evidence Optional"]),
            (
                json!({"anyOf": [list(json!({})), {"type": "null"}]}),
                &json!([]),
                vec!["rules[].evidence Optional", "rules[].evidence Nullable", "rules[].evidence Empty"],
            ),
        ] {
            assert_eq!(gaps(&rules(&evidence, required), "rules[].evidence[]"), expected, "{evidence}");
        }
    }

    #[test]
    fn what_has_nothing_else_needs_no_proof() {
        let list = json!({"type": "array", "items": {"type": "object", "properties": {"line": {"type": "integer"}}}});
        let alone = of(&json!({"type": "object", "properties": {"claims": list}}));
        assert_eq!(gaps(&alone, "claims[]"), [""; 0]);
        let beside = json!({"type": "object", "required": ["claims"], "properties": {"a": {}, "claims": list}});
        assert_eq!(gaps(&of(&beside), "claims[]"), ["claims Empty"]);
        let within = json!({"type": "object", "required": ["in"], "properties": {"in": beside}});
        assert_eq!(gaps(&of(&within), "in.claims[]"), ["in.claims Empty"]);
    }

    #[test]
    fn a_claim_may_lack_a_field_that_is_optional_or_null() {
        let claim = json!({"type": "object", "required": ["from", "to"], "properties": {
            "from": {"type": "integer"}, "to": {"type": ["integer", "null"]}, "quote": {"type": "string"}}});
        let contract = of(&json!({"type": "object", "properties": {"c": {"type": "array", "items": claim}}}));
        let lacks = |field: &str| contract.may_lack(&"c[]".parse().unwrap(), &field.parse().unwrap());
        assert_eq!((lacks("from"), lacks("to"), lacks("quote")), (false, true, true));
    }
}
