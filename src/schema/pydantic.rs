//! Schema files that hold several Pydantic models: one JSON object whose `models` are their schemas.
//!
//! The model `LLMOutput` is the schema of an answer. The other models, such as `JudgeResult`, are ignored.

use super::error::SchemaError;
use super::json::JsonNode;

/// Refuses a Python module by its file name, since "not JSON" would be a poor message.
pub(super) fn refuse_python(name: &str) -> Result<(), SchemaError> {
    if name.to_ascii_lowercase().ends_with(".py") { Err(SchemaError::Python { name: name.to_owned() }) } else { Ok(()) }
}

/// The schema of an answer, which is `root` itself or the model `LLMOutput` in it, and its name in messages.
pub(super) fn output_model(mut root: JsonNode, name: &str) -> Result<(JsonNode, String), SchemaError> {
    let holds_models =
        matches!(root.get("models"), Some(JsonNode::Object(_))) && !root.has("properties") && !root.has("$ref");
    if !holds_models {
        return Ok((root, name.to_owned()));
    }
    let mut models = root.remove("models").unwrap_or(JsonNode::Null);
    let Some(mut model) = models.remove("LLMOutput") else {
        let names: Vec<String> = models.members().iter().map(|(name, _)| format!("`{name}`")).collect();
        let found = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(SchemaError::NoOutputModel { name: name.to_owned(), found });
    };
    // Add the definitions that all models share; a model's own take precedence.
    for key in ["$defs", "definitions"] {
        let Some(shared) = root.remove(key) else { continue };
        let mut all = model.remove(key).unwrap_or_else(|| JsonNode::Object(Vec::new()));
        for (name, definition) in shared.members() {
            if !all.has(name) {
                all.set(name, definition.clone());
            }
        }
        model.set(key, all);
    }
    Ok((model, format!("{name}#/models/LLMOutput")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::schema::Contract;

    const FILE: &str = r##"{
      "title": "LLM Schema", "type": "object",
      "$defs": {"Tag": {"title": "Tag", "type": "string", "enum": ["a", "b"]}, "Level": {"type": "boolean"}},
      "models": {
        "JudgeResult": {"title": "JudgeResult", "type": "object", "properties": {"verdict": {"type": "string"}}},
        "LLMOutput": {
          "$defs": {"Level": {"enum": ["low", "high"], "title": "Level", "type": "string"}},
          "additionalProperties": false,
          "properties": {
            "level": {"$ref": "#/$defs/Level"},
            "tags": {"items": {"$ref": "#/$defs/Tag"}, "title": "Tags", "type": "array"},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null, "title": "Note"}
          },
          "required": ["level", "tags"], "title": "LLMOutput", "type": "object"
        }
      }
    }"##;

    #[test]
    fn the_model_of_an_answer_is_taken_out() {
        let contract = Contract::parse(FILE, "schema/llm_schema.txt").unwrap();
        let fields: Vec<&str> = contract.fields().iter().map(|field| field.name.as_str()).collect();
        assert_eq!(fields, ["level", "note", "tags"]);
        assert!(contract.validate(&json!({"level": "low", "tags": ["a"], "note": null})).is_ok());
        assert!(
            contract.validate(&json!({"level": true, "tags": []})).is_err(),
            "a model's own definitions come first"
        );
        assert!(contract.validate(&json!({"level": "low", "tags": ["c"]})).is_err());
        assert!(contract.validate(&json!({"level": "low", "tags": [], "more": 1})).is_err());
        assert!(!contract.prompt_text().contains("JudgeResult"));
    }

    #[test]
    fn a_field_may_be_called_models() {
        let schema = r#"{"type": "object", "properties": {"models": {"type": "integer"}}, "models": {"a": 1}}"#;
        let contract = Contract::parse(schema, "s.json").unwrap();
        assert!(contract.validate(&json!({"models": 1})).is_ok());
    }

    #[test]
    fn says_what_is_wrong() {
        let message_of = |text: &str, name: &str| Contract::parse(text, name).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                message_of("class LLMOutput(BaseModel):\n", "schema/llm_schema.py"),
                message_of(r#"{"models": {}}"#, "s.txt"),
                message_of(r#"{"models": {"JudgeResult": {}, "Output": {}}}"#, "s.txt"),
                message_of(&FILE.replace("#/$defs/Tag", "#/$defs/Tog"), "s.txt"),
                message_of(r#"{"models": {"LLMOutput": {"type": "array"}}}"#, "s.txt"),
                message_of(r#"{"models": {"LLMOutput": {"type": "objekt"}}}"#, "s.txt"),
            ]
            .join("\n")
        );
    }
}
