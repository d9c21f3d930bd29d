//! Resolves the `schema` block: a file, the schema itself, or a file that a model writes.

use super::block::ConfigBlock;
use super::error::ConfigError;
use super::llm::resolve_llm;
use super::llm_layers::{lay_over, lowest};
use super::node::Value;
use super::raw::{self, StructuredOutput};
use super::resolved::{Author, Inline, Llm, Schema};

/// Resolves the block. `asks` says whether the step has answers that must be valid against a schema.
pub(super) fn schema(
    at: &ConfigBlock<'_>,
    written: Option<raw::Schema>,
    asks: bool,
) -> Result<Option<Schema>, ConfigError> {
    let hint = "name the JSON Schema of the answers: `schema: {path: schema.json}`";
    let Some(written) = written else {
        return if asks { Err(at.missing("schema", hint)) } else { Ok(None) };
    };
    let force = written.force_regenerate.unwrap_or(false);
    let writes = written.auto_generate.unwrap_or(force);
    if force && !writes {
        let error = at.bad("schema.force_regenerate", "`schema.auto_generate: false` says that no model writes it");
        return Err(error.with_hint("set both to the same value"));
    }
    let check_keywords = written.check_keywords.unwrap_or(true);
    if let Some(inline) = inline(at, &written)? {
        if writes {
            let error = at.bad("schema.inline", "a model that writes the schema needs a file to write it to");
            return Err(error.with_hint("name it with `schema.path`, or set `schema.auto_generate: false`"));
        }
        return Ok(Some(Schema { path: None, inline: Some(inline), check_keywords, author: None }));
    }
    let path = written.path.ok_or_else(|| at.missing("schema.path", hint))?;
    let path = at.path("schema.path", path)?;
    let author = if writes && asks { Some(Box::new(Author { force, llm: author_llm(at)? })) } else { None };
    Ok(Some(Schema { path: Some(path), inline: None, check_keywords, author }))
}

/// The schema that the configuration itself contains, if it does.
fn inline(at: &ConfigBlock<'_>, written: &raw::Schema) -> Result<Option<Inline>, ConfigError> {
    let Some(value) = &written.inline else { return Ok(None) };
    if written.path.is_some() {
        let error = at.bad("schema.inline", "there is a `schema.path` too");
        return Err(error.with_hint("remove one of the two"));
    }
    let Some(node) = at.node.get("schema.inline").filter(|it| matches!(it.value, Value::Map(_))) else {
        return Err(at.bad("schema.inline", "expected a JSON Schema as a block of keys"));
    };
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| at.bad("schema.inline", format!("it cannot be written as JSON: {error}")))?;
    Ok(Some(Inline { text, node: node.clone() }))
}

/// The model that writes the schema: the step's `llm` block with `schema.llm` laid over it. It is never asked for
/// structured output by a schema, since no provider could hold a schema to one.
fn author_llm(at: &ConfigBlock<'_>) -> Result<Llm, ConfigError> {
    let mut merged = lowest(at);
    let over = at.node.get("schema.llm").filter(|it| !it.is_null());
    if let Some(over) = over {
        lay_over(&mut merged, over);
    }
    // Where nothing is laid over it, what is wrong is wrong in the step's own block.
    let mut author = resolve_llm(&merged, if over.is_some() { "schema.llm" } else { "llm" })?;
    if author.structured_output != StructuredOutput::JsonObject {
        author.structured_output = StructuredOutput::Off;
    }
    Ok(author)
}
