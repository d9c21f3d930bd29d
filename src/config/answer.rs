//! The form of an answer.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The form of an answer, from which the output is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// One JSON object that is valid against the schema.
    #[default]
    Json,
    /// Plain text: the value of the schema's only field, or of `text` if there is no schema.
    Text,
    /// Sections of Markdown: headings, labels and lists, named after the schema's fields.
    Sections(Sections),
}

/// How strictly sections are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sections {
    pub number: NumberRule,
    /// Whether a number out of its range becomes the nearest value in it.
    pub clamp: bool,
    pub required: RequiredRule,
}

/// What is read as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NumberRule {
    /// A value that is a number, with a scale or a remark at most: `7`, `7/10`, `[7]`, `7 (good)`.
    #[default]
    Strict,
    /// Else the first number in the value, as in `I would say 8`.
    First,
}

/// What becomes of an answer without a required section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequiredRule {
    /// It is null, and `parse_errors` says so.
    #[default]
    Null,
    /// The attempt fails, and the model is asked again.
    Strict,
}

/// The form of an answer by its word.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Form {
    /// One JSON object that is valid against the schema.
    Json,
    /// Plain text: the value of the schema's only field, or of `text` if there is no schema.
    Text,
    /// Sections of Markdown: headings, labels and lists, named after the schema's fields.
    Sections,
}

/// The words of [`Form`].
const FORMS: &[&str] = &["json", "text", "sections"];

/// The form of an answer with the rules by which it is read.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Block {
    /// The form.
    r#as: Form,
    /// Of sections: what is read as a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "strict"))]
    number: Option<NumberRule>,
    /// Of sections: whether a number out of its range becomes the nearest value in it. `parse_errors` says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false))]
    clamp: Option<bool>,
    /// Of sections: what becomes of an answer that lacks a field which the schema requires.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "null"))]
    required: Option<RequiredRule>,
}

/// As it is written, for the JSON Schema.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its shape is used")]
enum Written {
    Word(Form),
    Block(Block),
}

impl Answer {
    /// The word in a configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Sections(_) => "sections",
        }
    }

    /// Whether this is JSON, the default.
    #[must_use]
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub fn is_json(&self) -> bool {
        *self == Self::Json
    }

    fn of_form(form: Form) -> Self {
        match form {
            Form::Json => Self::Json,
            Form::Text => Self::Text,
            Form::Sections => Self::Sections(Sections::default()),
        }
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Sections(rules) if rules != Sections::default() => Block {
                r#as: Form::Sections,
                number: (rules.number != NumberRule::Strict).then_some(rules.number),
                clamp: rules.clamp.then_some(true),
                required: (rules.required != RequiredRule::Null).then_some(rules.required),
            }
            .serialize(serializer),
            _ => serializer.serialize_str(self.as_str()),
        }
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrBlock;
        impl<'de> Visitor<'de> for WordOrBlock {
            type Value = Answer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`json`, `text` or `sections`, or a block with `as`")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Answer, E> {
                match word {
                    "json" => Ok(Answer::of_form(Form::Json)),
                    "text" => Ok(Answer::of_form(Form::Text)),
                    "sections" => Ok(Answer::of_form(Form::Sections)),
                    other => Err(E::unknown_variant(other, FORMS)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Answer, A::Error> {
                let Block { r#as: form, number, clamp, required } =
                    Block::deserialize(MapAccessDeserializer::new(map))?;
                match Answer::of_form(form) {
                    Answer::Sections(_) => Ok(Answer::Sections(Sections {
                        number: number.unwrap_or_default(),
                        clamp: clamp.unwrap_or_default(),
                        required: required.unwrap_or_default(),
                    })),
                    other if number.is_some() || clamp.is_some() || required.is_some() => {
                        Err(A::Error::custom(format!(
                            "`number`, `clamp` and `required` are rules for `as: sections`, and not for `{}`",
                            other.as_str()
                        )))
                    }
                    other => Ok(other),
                }
            }
        }
        deserializer.deserialize_any(WordOrBlock)
    }
}

impl JsonSchema for Answer {
    fn schema_name() -> Cow<'static, str> {
        "Answer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Written::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_a_word_or_a_block() {
        let first = Sections { number: NumberRule::First, clamp: true, required: RequiredRule::Strict };
        for (written, answer) in [
            (json!("json"), Answer::Json),
            (json!("sections"), Answer::Sections(Sections::default())),
            (
                json!({"as": "sections", "number": "first", "clamp": true, "required": "strict"}),
                Answer::Sections(first),
            ),
            (
                json!({"as": "sections", "clamp": true}),
                Answer::Sections(Sections { clamp: true, ..Sections::default() }),
            ),
        ] {
            assert_eq!(serde_json::from_value::<Answer>(written.clone()).unwrap(), answer, "{written}");
            assert_eq!(serde_json::to_value(answer).unwrap(), written);
        }
        let plain = json!({"as": "sections", "number": "strict", "required": "null"});
        assert_eq!(serde_json::from_value::<Answer>(plain).unwrap(), Answer::Sections(Sections::default()));
        assert_eq!(serde_json::from_value::<Answer>(json!({"as": "text"})).unwrap(), Answer::Text);
        for wrong in [
            json!("yaml"),
            json!({}),
            json!({"as": "text", "clamp": true}),
            json!({"as": "sections", "x": 1}),
            json!(1),
        ] {
            assert!(serde_json::from_value::<Answer>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
