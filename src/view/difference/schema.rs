//! Two JSON Schemas, field by field.

use serde_json::{Map, Value};

use super::change::Difference;
use super::values::{keys, part, same, values};

/// Returns the differences of two schemas, named like `schema: field product: enum` or `schema: definition Address:
/// field city`.
pub fn schemas(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&SchemaPath::root(), before, after, &mut found);
    found
}

/// A location in a schema: a definition, and the path of a field in it.
struct SchemaPath {
    definition: Option<String>,
    field: String,
}

impl SchemaPath {
    fn root() -> Self {
        Self { definition: None, field: String::new() }
    }

    fn field(&self, name: &str) -> Self {
        let field = if self.field.is_empty() { name.to_owned() } else { format!("{}.{name}", self.field) };
        Self { definition: self.definition.clone(), field }
    }

    fn item(&self) -> Self {
        Self { definition: self.definition.clone(), field: format!("{}[]", self.field) }
    }

    fn definition(name: &str) -> Self {
        Self { definition: Some(name.to_owned()), field: String::new() }
    }

    fn name(&self) -> String {
        let mut name = "schema".to_owned();
        if let Some(definition) = &self.definition {
            name = format!("{name}: definition {definition}");
        }
        if !self.field.is_empty() {
            name = format!("{name}: field {}", self.field);
        }
        name
    }

    fn keyword(&self, keyword: &str) -> String {
        format!("{}: {keyword}", self.name())
    }
}

fn compare(place: &SchemaPath, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        if !same(before, after) {
            found.push(Difference::changed(place.name(), before.clone(), after.clone()));
        }
        return;
    };
    for keyword in keys(before, after) {
        let (was, is) = (part(before, keyword), part(after, keyword));
        match (keyword, was, is) {
            ("properties", Value::Object(was), Value::Object(is)) => {
                members(was, is, |name| place.field(name), found);
                order(place, was, is, found);
            }
            ("$defs" | "definitions", Value::Object(was), Value::Object(is)) => {
                members(was, is, SchemaPath::definition, found);
            }
            ("items", Value::Object(_), Value::Object(_)) => compare(&place.item(), was, is, found),
            ("enum" | "required" | "type", was, is) if was.is_array() && is.is_array() => {
                sets(&place.keyword(keyword), was, is, found);
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(was), Value::Array(is))
                if was.len() == is.len() =>
            {
                was.iter().zip(is).for_each(|(was, is)| compare(place, was, is, found));
            }
            _ => found.extend(values(&place.keyword(keyword), was, is)),
        }
    }
}

fn members(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    place: impl Fn(&str) -> SchemaPath,
    found: &mut Vec<Difference>,
) {
    for name in keys(before, after) {
        match (before.get(name), after.get(name)) {
            (Some(was), Some(is)) => compare(&place(name), was, is, found),
            (Some(was), None) => found.push(Difference::removed(place(name).name(), was.clone())),
            (None, is) => found.push(Difference::added(place(name).name(), is.cloned().unwrap_or_default())),
        }
    }
}

/// The order of fields matters, since models answer in it.
fn order(place: &SchemaPath, before: &Map<String, Value>, after: &Map<String, Value>, found: &mut Vec<Difference>) {
    let common = |one: &Map<String, Value>, two: &Map<String, Value>| {
        one.keys().filter(|name| two.contains_key(*name)).cloned().collect::<Vec<_>>()
    };
    let (was, is) = (common(before, after), common(after, before));
    if was != is {
        found.push(Difference::changed(place.keyword("order of fields"), was, is));
    }
}

fn sets(name: &str, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    let empty = Vec::new();
    let list = |value| Value::as_array(value).unwrap_or(&empty);
    let (was, is) = (list(before), list(after));
    let gone: Vec<_> = was.iter().filter(|it| !is.contains(it)).collect();
    let come: Vec<_> = is.iter().filter(|it| !was.contains(it)).collect();
    if gone.is_empty() && come.is_empty() && was != is {
        found.push(Difference::changed(format!("{name}: order"), before.clone(), after.clone()));
    }
    found.extend(gone.into_iter().map(|it| Difference::removed(name, it.clone())));
    found.extend(come.into_iter().map(|it| Difference::added(name, it.clone())));
}
