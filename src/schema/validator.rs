//! Validators of schemas, and the check that a schema is one.

use jsonschema::{Draft, EmailOptions, Validator};
use serde_json::Value;

use super::error::SchemaError;
use super::{pointer, violation};

/// Checks that `schema` is a valid schema of `draft`.
pub(super) fn check_against_meta_schema(schema: &Value, draft: Draft, name: &str) -> Result<(), SchemaError> {
    let result = match draft {
        Draft::Draft7 => jsonschema::draft7::meta::validate(schema),
        _ => jsonschema::draft202012::meta::validate(schema),
    };
    result.map_err(|error| SchemaError::Invalid {
        name: name.to_owned(),
        pointer: pointer::shown(error.instance_path().as_str()),
        message: violation::sentence(&error),
    })
}

/// Builds the validator of `schema`, which checks formats too. The error is the place in the schema and what is wrong
/// there.
pub(super) fn build(schema: &Value, draft: Draft) -> Result<Validator, (String, String)> {
    // Draft 7 does not define `uuid`, but a schema that uses it means it. An address with a name before it is none.
    jsonschema::options()
        .with_draft(draft)
        .should_validate_formats(true)
        .with_email_options(EmailOptions::default().without_display_text())
        .with_format("uuid", is_uuid)
        .offline()
        .build(schema)
        .map_err(|error| (pointer::shown(error.instance_path().as_str()), error.to_string()))
}

fn is_uuid(text: &str) -> bool {
    let fits = |(index, byte): (usize, u8)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}
