//! Finds keywords that say nothing about values of the `type` beside them, such as `minimum` of a text: most are meant
//! for another place.
//!
//! Looks at the schema as it is written, and only at keywords that constrain.

use super::json::JsonNode;
use super::{pointer, subschemas};

const OF_STRINGS: &[&str] = &["minLength", "maxLength", "pattern"];
const OF_NUMBERS: &[&str] = &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const OF_ARRAYS: &[&str] = &["items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems"];
const OF_OBJECTS: &[&str] =
    &["properties", "required", "patternProperties", "propertyNames", "minProperties", "maxProperties"];

/// One note on all keywords in `root` that constrain nothing where they stand, if there are any.
pub(super) fn check(root: &JsonNode) -> Option<String> {
    let mut found = Vec::new();
    find(root, "", &mut found);
    match found.len() {
        0 => None,
        1 => Some(format!("{} says nothing about values of its `type`, and constrains nothing", found[0])),
        _ => Some(format!("{} say nothing about values of their `type`, and constrain nothing", found.join(", "))),
    }
}

fn find(schema: &JsonNode, place: &str, found: &mut Vec<String>) {
    if let Some(kinds) = schema.get("type").filter(|_| !schema.has("$ref")) {
        let has = |name: &str| kinds.as_str() == Some(name) || kinds.items().iter().any(|it| it.as_str() == Some(name));
        for (is_there, keywords) in [
            (has("string"), OF_STRINGS),
            (has("number") || has("integer"), OF_NUMBERS),
            (has("array"), OF_ARRAYS),
            (has("object"), OF_OBJECTS),
        ] {
            let idle = keywords.iter().filter(|key| !is_there && schema.get(key).is_some_and(constrains));
            found.extend(idle.map(|key| format!("`{key}` ({})", pointer::shown(place))));
        }
    }
    subschemas::each(schema, &mut |node, _, _, step| find(node, &format!("{place}{step}"), found));
}

/// Whether what a keyword holds would constrain a value. Programs that write schemas leave empty ones behind.
fn constrains(held: &JsonNode) -> bool {
    match held {
        JsonNode::Null | JsonNode::Bool(false) => false,
        JsonNode::Array(items) => !items.is_empty(),
        JsonNode::Object(members) => !members.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::schema::Contract;

    fn notes(field: &Value) -> Vec<String> {
        let schema = json!({"type": "object", "properties": {"a": field}, "required": ["a"]});
        Contract::parse(&schema.to_string(), "s.json").unwrap().notes().to_vec()
    }

    #[test]
    fn a_keyword_of_another_type_is_noted() {
        assert_eq!(
            notes(&json!({"type": "string", "minimum": 3})),
            ["`minimum` (/properties/a) says nothing about values of its `type`, and constrains nothing"]
        );
        assert_eq!(
            notes(&json!({"type": "array", "items": {"type": ["integer", "null"], "pattern": "x"}, "minLength": 1})),
            [
                "`minLength` (/properties/a), `pattern` (/properties/a/items) say nothing about values of their `type`, and \
              constrain nothing"
            ]
        );
    }

    #[test]
    fn what_fits_the_type_or_says_nothing_is_not() {
        for field in [
            json!({"type": ["string", "integer"], "minimum": 3, "maxLength": 3}),
            json!({"minimum": 3, "maxLength": 3}),
            json!({"type": "number", "multipleOf": 0.5, "format": "double"}),
            json!({"type": "string", "items": {}, "required": [], "uniqueItems": false}),
        ] {
            assert_eq!(notes(&field), Vec::<String>::new(), "{field}");
        }
    }
}
