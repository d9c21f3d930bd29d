//! The drafts of JSON Schema that schemas may be written in.

use jsonschema::Draft;

use super::json::JsonNode;

/// The `$schema` of draft 2020-12, which is also assumed if there is none.
pub(super) const DRAFT_2020_12: &str = "https://json-schema.org/draft/2020-12/schema";
/// The `$schema` of draft 7.
pub(super) const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";

/// The draft that `$schema` names; for any other draft, what stands there.
pub(super) fn of(root: &JsonNode) -> Result<Draft, String> {
    let Some(uri) = root.get("$schema") else { return Ok(Draft::Draft202012) };
    let uri = uri.as_str().map_or_else(|| uri.to_value().to_string(), str::to_owned);
    let bare = uri.trim_end_matches('#').trim_start_matches("https://").trim_start_matches("http://");
    match bare {
        "json-schema.org/draft/2020-12/schema" => Ok(Draft::Draft202012),
        "json-schema.org/draft-07/schema" => Ok(Draft::Draft7),
        _ => Err(uri),
    }
}
