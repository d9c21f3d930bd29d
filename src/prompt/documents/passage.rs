//! A passage of a knowledge collection, as templates see it.

use std::fmt;
use std::sync::{Arc, LazyLock};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use serde_json::{Value as Json, json};

/// A part of a document of a knowledge collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its row (rowid).
    pub row: i64,
    pub document: Arc<str>,
    pub title: Arc<str>,
    pub heading_path: Arc<str>,
    /// In the document, from 1.
    pub line_start: i64,
    pub line_end: i64,
    /// The page that it begins on, of a PDF.
    pub page: Option<i64>,
    /// Its lines, joined with line breaks.
    pub text: Arc<str>,
}

/// What a template finds in a passage, in this order.
pub(in crate::prompt) const FIELDS: [&str; 7] =
    ["document", "title", "heading_path", "line_start", "line_end", "text", "page"];

/// The schema of what `retrieve` returns.
pub(in crate::prompt) fn passage_schema() -> &'static Arc<Json> {
    static SCHEMA: LazyLock<Arc<Json>> = LazyLock::new(|| {
        let (text, number) = (json!({"type": "string"}), json!({"type": "integer"}));
        Arc::new(json!({
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": false,
                "required": FIELDS,
                "properties": {
                    "document": text, "title": text, "heading_path": text, "line_start": number, "line_end": number,
                    "text": text, "page": {"type": ["integer", "null"]},
                },
            },
        }))
    });
    &SCHEMA
}

impl Passage {
    fn get(&self, name: &str) -> Option<Value> {
        Some(match name {
            "document" => Value::from(self.document.clone()),
            "title" => Value::from(self.title.clone()),
            "heading_path" => Value::from(self.heading_path.clone()),
            "line_start" => Value::from(self.line_start),
            "line_end" => Value::from(self.line_end),
            "text" => Value::from(self.text.clone()),
            "page" => self.page.map_or(Value::from(()), Value::from),
            _ => return None,
        })
    }
}

/// Where it stands, and its text on the lines below.
impl fmt::Display for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, ", self.document)?;
        if self.line_start == self.line_end {
            write!(f, "line {}", self.line_start)?;
        } else {
            write!(f, "lines {}-{}", self.line_start, self.line_end)?;
        }
        if let Some(page) = self.page {
            write!(f, ", page {page}")?;
        }
        f.write_str("]")?;
        if !self.heading_path.is_empty() {
            write!(f, " {}", self.heading_path)?;
        }
        write!(f, "\n{}", self.text)
    }
}

/// A passage in a template.
#[derive(Debug)]
struct PassageValue(Passage);

impl Object for PassageValue {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&FIELDS)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What `retrieve` returns: a list that reads well when it is printed.
#[derive(Debug)]
pub(super) struct PassageList(Vec<Arc<PassageValue>>);

impl PassageList {
    pub(super) fn value(passages: Vec<Passage>) -> Value {
        Value::from_object(Self(passages.into_iter().map(|it| Arc::new(PassageValue(it))).collect()))
    }
}

impl Object for PassageList {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_usize()?).map(|passage| Value::from_dyn_object(passage.clone()))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, passage) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{}", passage.0)?;
        }
        Ok(())
    }
}
