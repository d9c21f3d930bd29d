//! The `schema` block: a file, the schema itself, or a file that a model writes.

use super::error::ConfigError;
use super::llm::llm;
use super::node::{Node, Value};
use super::place::Place;
use super::raw::{self, StructuredOutput};
use super::resolve::{asks_another_server, forget_the_server};
use super::resolved::{Author, Inline, Llm, Schema};
use super::typed;

/// Resolves the block. `asks`: whether answers of a model are held to it.
pub(super) fn schema(at: &Place<'_>, written: Option<raw::Schema>, asks: bool) -> Result<Option<Schema>, ConfigError> {
    let hint = "say which JSON Schema holds for answers: `schema: {path: schema.json}`";
    let Some(written) = written else {
        return if asks { Err(at.missing("schema", hint)) } else { Ok(None) };
    };
    let force = written.force_regenerate.unwrap_or(false);
    let writes = written.auto_generate.unwrap_or(force);
    if force && !writes {
        let error = at.bad("schema.force_regenerate", "`schema.auto_generate` says that no model writes it");
        return Err(error.with_hint("set one of the two to the other's value"));
    }
    if let Some(inline) = inline(at, &written)? {
        if writes {
            let error = at.bad("schema.inline", "a model that writes the schema needs a file to write it to");
            return Err(error.with_hint("name it with `schema.path`, or set `schema.auto_generate: false`"));
        }
        return Ok(Some(Schema { path: None, inline: Some(inline), author: None }));
    }
    let path = written.path.ok_or_else(|| at.missing("schema.path", hint))?;
    let path = at.path("schema.path", path)?;
    let author = if writes && asks { Some(Box::new(Author { force, llm: author_llm(at)? })) } else { None };
    Ok(Some(Schema { path: Some(path), inline: None, author }))
}

/// The schema that stands in the configuration itself, where one does.
fn inline(at: &Place<'_>, written: &raw::Schema) -> Result<Option<Inline>, ConfigError> {
    let Some(value) = &written.inline else { return Ok(None) };
    if written.path.is_some() {
        let error = at.bad("schema.inline", "there is a `schema.path` too, and answers are held to one schema");
        return Err(error.with_hint("take one of the two away"));
    }
    let Some(node) = at.node.get("schema.inline").filter(|it| matches!(it.value, Value::Map(_))) else {
        return Err(at.bad("schema.inline", "expected a JSON Schema as a block of keys"));
    };
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| at.bad("schema.inline", format!("it cannot be written as JSON: {error}")))?;
    Ok(Some(Inline { text, node: node.clone() }))
}

/// The model that writes the schema: the step's, with what `schema.llm` says laid over it as YAML, so that a key that
/// is not written keeps the step's value. It is never asked to hold its answer to a schema, which no provider could.
fn author_llm(at: &Place<'_>) -> Result<Llm, ConfigError> {
    let key = "schema.llm";
    let origin = at.origin("llm").clone();
    let mut merged = at.node.get("llm").cloned().unwrap_or(Node { value: Value::Map(Vec::new()), origin });
    if let Some(over) = at.node.get(key).filter(|it| !matches!(it.value, Value::Null)) {
        if asks_another_server(&merged, over) {
            forget_the_server(&mut merged);
        }
        merged.overlay(over, &["match", "extra_body"]);
    }
    let whole: Option<raw::Llm> = typed(&merged, key)?;
    let mut author = llm(&Place { node: &merged, prefix: key }, whole.unwrap_or_default())?;
    // The price of one model says nothing of another's.
    let named = |name: &str| at.node.get(&format!("{key}.{name}")).is_some();
    if ["model", "provider", "base_url"].iter().any(|name| named(name)) && !named("price") {
        author.price = None;
    }
    if author.structured_output != StructuredOutput::JsonObject {
        author.structured_output = StructuredOutput::Off;
    }
    Ok(author)
}
