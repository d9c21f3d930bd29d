//! Checks a schema that a model wrote, and says exactly what is wrong with it.
//!
//! The rules are stricter than for a file: the schema must fit the narrowest subset of structured outputs, be closed
//! without exception, describe each field, and have at least one valid value. It is closed like any other schema and
//! not changed otherwise.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};

use super::answer::find_node;
use super::contract::Contract;
use super::json::JsonNode;
use super::sample::Sampler;
use super::subschemas;
use super::violation::Violation;

/// The seed of the sample that shows whether a schema has a valid value.
const TEST_SEED: u64 = 1;

/// The schema of any object. `additionalProperties` is a schema rather than `true`, which closing would replace.
const ANY: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "JSON Schema",
  "type": "object",
  "additionalProperties": {"description": "Whatever a JSON Schema may have"}
}"#;

static CONTRACT: LazyLock<Arc<Contract>> = LazyLock::new(|| match Contract::parse(ANY, "any schema") {
    Ok(contract) => Arc::new(contract),
    // Unreachable: the source is a constant that a test parses.
    Err(error) => unreachable!("the contract of any schema: {error}"),
});

/// The contract of answers that are schemas themselves, which accepts any object. [`read_authored`] checks it as a
/// schema.
#[must_use]
pub fn any_schema_contract() -> &'static Arc<Contract> {
    &CONTRACT
}

/// A schema whose only valid value is a usable schema. The sample provider answers with it where a model would write
/// one.
#[must_use]
pub fn author_sample() -> Value {
    json!({"type": "object", "const": {
        "type": "object",
        "properties": {
            "summary": {"type": "string", "description": "Sample: what the input says, in one sentence"},
            "label": {"type": "string", "enum": ["sample_a", "sample_b"], "description": "Sample: its class"},
            "score": {"type": "integer", "minimum": 0, "maximum": 100, "description": "Sample: from 0 to 100"},
        },
        "required": ["summary", "label", "score"],
        "additionalProperties": false,
    }})
}

/// A schema that a model wrote and that can be used.
#[derive(Debug)]
pub struct AuthoredSchema {
    /// Its closed form, as text that ends with a newline.
    pub text: String,
    pub contract: Contract,
}

/// Reads the schema in a model's answer. The error is everything that is wrong with it, at most [`Violation::LIMIT`]
/// sentences that can be sent to the model.
pub fn read_authored(answer: &str) -> Result<AuthoredSchema, Vec<String>> {
    let node = find_node(answer).map_err(|error| vec![error.to_string()])?;
    // The model has not seen the lines of this text.
    let contract = Contract::parse(&node.pretty(), "the schema")
        .map_err(|error| vec![format!("the schema: {}", error.parts().1)])?;
    let mut problems = Vec::new();
    if contract.fields().is_empty() {
        problems.push("/: the schema has no fields: name them in `properties`".to_owned());
    }
    not_closed(contract.tree(), "", &mut problems);
    undescribed(contract.tree(), "", &mut problems);
    if problems.is_empty()
        && let Err(reason) = contract.native()
    {
        problems.push(reason.to_string());
    }
    if problems.is_empty() {
        problems.extend(no_instance(&contract));
    }
    problems.truncate(Violation::LIMIT);
    if problems.is_empty() {
        Ok(AuthoredSchema { text: format!("{}\n", contract.prompt_text()), contract })
    } else {
        Err(problems)
    }
}

/// Reports objects that stay open for fields that the schema does not name.
fn not_closed(schema: &JsonNode, pointer: &str, problems: &mut Vec<String>) {
    for keyword in ["patternProperties", "additionalProperties", "unevaluatedProperties"] {
        if matches!(schema.get(keyword), Some(JsonNode::Object(_))) {
            problems.push(format!(
                "{pointer}/{keyword}: fields without a name of their own are not accepted: list each in `properties`, or \
                 use an array of objects"
            ));
        }
    }
    subschemas::each(schema, &mut |node, _, _, step| not_closed(node, &format!("{pointer}{step}"), problems));
}

/// Reports fields, at any depth, that have no description.
fn undescribed(schema: &JsonNode, pointer: &str, problems: &mut Vec<String>) {
    subschemas::each(schema, &mut |node, keyword, _, step| {
        let pointer = format!("{pointer}{step}");
        let has_text = node.get("description").and_then(JsonNode::as_str).is_some_and(|it| !it.trim().is_empty());
        if keyword == "properties" && !has_text {
            problems.push(format!("{pointer}: a `description` is missing: say what the field means"));
        }
        undescribed(node, &pointer, problems);
    });
}

/// Returns why no valid value could be made, if none could.
fn no_instance(contract: &Contract) -> Option<String> {
    let feedback = |reason: String| format!("no answer could be valid against it: {reason}");
    let instance = match Sampler::new(contract.closed()).and_then(|it| it.sample(TEST_SEED)) {
        Ok(instance) => instance,
        Err(error) => return Some(feedback(error.to_string())),
    };
    let violations = contract.validate(&instance).err()?;
    Some(feedback(violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(schema: &Value) -> Vec<String> {
        read_authored(&schema.to_string()).err().unwrap_or_default()
    }

    fn object(properties: &Value, required: &[&str]) -> Value {
        json!({"type": "object", "properties": properties, "required": required})
    }

    #[test]
    fn a_usable_schema_is_closed_and_keeps_its_order() {
        let answer = "Here it is:\n```json\n{\"type\": \"object\", \"properties\": {\"why\": {\"type\": \"string\", \
                      \"description\": \"The reason\"}, \"label\": {\"type\": \"string\", \"enum\": [\"a\", \"b\"], \
                      \"description\": \"The class\"}}, \"required\": [\"why\", \"label\"]}\n```\nGood luck!";
        let authored = read_authored(answer).unwrap();
        let fields = [authored.text.find("\"why\""), authored.text.find("\"label\"")];
        assert!(fields[0].is_some() && fields[0] < fields[1]);
        assert_eq!(authored.contract.closed()["additionalProperties"], false);
        assert_eq!(Contract::parse(&authored.text, "again").unwrap().closed(), authored.contract.closed());
        assert!(authored.text.ends_with("}\n"));
    }

    #[test]
    fn each_field_at_any_depth_is_described() {
        let inner = json!({"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]});
        let schema = object(
            &json!({"a": {"type": "string", "description": " "}, "list": {"type": "array", "items": inner,
            "description": "All of them"}}),
            &["a", "list"],
        );
        assert_eq!(
            problems(&schema),
            [
                "/properties/a: a `description` is missing: say what the field means",
                "/properties/list/items/properties/b: a `description` is missing: say what the field means",
            ]
        );
    }

    #[test]
    fn what_cannot_be_used_is_told_as_it_is() {
        let text = json!({"type": "string", "description": "A text"});
        let map = json!({"description": "A map", "type": "object", "additionalProperties": {"type": "string"}});
        let none = json!({"description": "A number", "type": "integer", "minimum": 5, "maximum": 4});
        let schemas = [
            json!({"type": "array", "items": text}),
            json!({"type": "objekt"}),
            json!({"type": "object"}),
            object(&json!({"a": text}), &[]),
            object(&json!({"a": map}), &["a"]),
            object(&json!({"a": none}), &["a"]),
            object(&json!({"a": {"description": "Two", "oneOf": [text]}}), &["a"]),
        ];
        let mut told: Vec<String> = schemas.iter().map(|it| problems(it).join("\n")).collect();
        told.extend(read_authored("I cannot do that.").unwrap_err());
        insta::assert_snapshot!(told.join("\n\n"));
    }

    #[test]
    fn the_sample_is_a_usable_answer() {
        let answer = crate::schema::sample(&author_sample(), 7).unwrap();
        assert!(read_authored(&answer.to_string()).is_ok());
        assert_eq!(any_schema_contract().validate(&answer), Ok(()));
    }

    #[test]
    fn not_more_is_told_than_a_model_can_use() {
        let names: serde_json::Map<String, Value> =
            (0..50).map(|index| (format!("f{index}"), json!({"type": "string"}))).collect();
        assert_eq!(problems(&object(&Value::Object(names), &[])).len(), Violation::LIMIT);
    }
}
