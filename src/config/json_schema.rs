//! The JSON Schema of the configuration, for editors.

use super::raw;

/// The JSON Schema of the configuration, as pretty text with a newline at its end.
#[must_use]
pub fn json_schema() -> String {
    let mut schema = schemars::schema_for!(raw::Config);
    schema.insert("$id".to_owned(), "casebook.schema.json".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
