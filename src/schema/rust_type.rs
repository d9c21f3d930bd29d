//! Contracts made from Rust types, by the schema that `schemars` derives.

use schemars::transform::{RecursiveTransform, Transform as _};
use schemars::{JsonSchema, Schema};

use super::contract::Contract;
use super::error::SchemaError;

impl Contract {
    /// Makes the contract of a type that answers are read into. An `Option` is a field that may be missing; doc
    /// comments become descriptions.
    pub fn of<T: JsonSchema>() -> Result<Self, SchemaError> {
        Self::from_schema(&schemars::schema_for!(T), &T::schema_name())
    }

    /// Makes the contract of a schema that `schemars` derived; messages call it `name`.
    pub fn from_schema(schema: &Schema, name: &str) -> Result<Self, SchemaError> {
        let mut schema = schema.clone();
        RecursiveTransform(drop_width).transform(&mut schema);
        Self::parse(&schema.to_value().to_string(), name)
    }
}

/// Removes the width of a Rust number (`uint32`, `double`) from `format`: it is not a format of JSON Schema, and
/// providers refuse it. The bounds that follow from the width stay.
fn drop_width(schema: &mut Schema) {
    let is_number = |kind: &serde_json::Value| matches!(kind.as_str(), Some("integer" | "number"));
    let numeric = match schema.get("type") {
        Some(serde_json::Value::Array(kinds)) => kinds.iter().any(is_number),
        Some(kind) => is_number(kind),
        None => false,
    };
    if numeric {
        schema.remove("format");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// How a ticket is sorted.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Sorted {
        /// What it is about.
        topic: Topic,
        /// From 1 to 5.
        #[schemars(range(min = 1, max = 5))]
        urgency: u8,
        score: Option<f64>,
        parts: Vec<Part>,
    }

    #[derive(JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its shape matters")]
    enum Topic {
        Billing,
        LogIn,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Part {
        text: String,
    }

    #[test]
    fn a_type_is_a_closed_contract() {
        let contract = Contract::of::<Sorted>().unwrap();
        let names: Vec<&str> = contract.fields().iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["parts", "score", "topic", "urgency"]);
        let fine = json!({"topic": "log_in", "urgency": 2, "score": null, "parts": [{"text": "a"}]});
        assert_eq!(contract.validate(&fine), Ok(()));
        let wrong = json!({"topic": "login", "urgency": 9, "parts": [{"text": "a", "more": 1}]});
        let told: Vec<String> = contract.validate(&wrong).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "/parts/0: unknown field \"more\"",
                "/topic: \"login\" is not one of \"billing\", \"log_in\"",
                "/urgency: 9 is greater than 5",
            ]
        );
        assert!(contract.prompt_text().contains("What it is about."));
        assert!(!contract.prompt_text().contains("double"));
    }

    #[test]
    fn a_type_that_is_no_object_is_refused_by_name() {
        let told = Contract::of::<Vec<u8>>().unwrap_err().to_string();
        assert!(told.starts_with("Array_of_uint8: the schema describes a value of type \"array\""), "{told}");
    }
}
