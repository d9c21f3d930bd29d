//! A cell of a typed column: [`Cell`] is a value that shows its own text.
//!
//! `{{ row.amount }}` shows `5.00` and `007` as the file has them, while `row.amount * 2` and `row.amount > 100` are
//! about the number. A value that renders as its cell's text anyway (`5`, `2.5`, a text) needs no [`Cell`]. Operators,
//! tests and filters take the value with [`plain`]; whatever writes text takes the text.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Enumerator, Object, ObjectExt as _, ObjectRepr, Serde, Value, ValueKind};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use crate::record::{CellValue, ColumnType};

/// A value with the text that it was read from.
pub(super) struct Cell {
    value: Value,
    text: Arc<str>,
}

impl Cell {
    /// `value`, shown as `text`.
    pub(super) fn value_of(value: Value, text: &str) -> Value {
        let shows_itself = match value.kind() {
            ValueKind::String | ValueKind::Bool | ValueKind::Number => value.to_string() == text,
            _ => false,
        };
        if shows_itself { value } else { Value::from_object(Self { value, text: Arc::from(text) }) }
    }

    pub(super) fn text(&self) -> &Arc<str> {
        &self.text
    }

    fn inner(&self) -> Option<&DynObject> {
        self.value.as_object()
    }
}

/// The value of a cell of a column of this type. Ingest has checked that the text is one; a text that is not stays one.
pub(super) fn typed(text: &str, kind: ColumnType) -> Value {
    let value = match kind.parse(text) {
        Some(CellValue::Text) | None => return Value::from(text),
        Some(CellValue::None) => Value::from(()),
        Some(CellValue::Bool(value)) => Value::from(value),
        Some(CellValue::Integer(value)) => i64::try_from(value).map_or_else(|_| Value::from(value), Value::from),
        Some(CellValue::Float(value)) => Value::from(value),
        Some(CellValue::Json(serde_json::Value::String(value))) => Value::from(value),
        Some(CellValue::Json(value)) => Value::from(Serde(value)),
    };
    Cell::value_of(value, text)
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Object for Cell {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        self.inner().map_or(ObjectRepr::Plain, DynObject::repr)
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.inner()?.get_value(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        if self.inner().is_none() {
            return Enumerator::NonEnumerable;
        }
        self.mapped_enumerator(|this| match this.value.try_iter() {
            Ok(items) => Box::new(items),
            Err(_) => Box::new(std::iter::empty()),
        })
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.value.len()
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.value.is_true()
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.value.cmp(&other.downcast_ref::<Self>()?.value))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `value` without the text of its cell.
pub(super) fn plain(value: &Value) -> Value {
    value.downcast_object_ref::<Cell>().map_or_else(|| value.clone(), |cell| cell.value.clone())
}

/// The text of a cell, or any other value as it is.
pub(super) fn shown(value: &Value) -> Value {
    value.downcast_object_ref::<Cell>().map_or_else(|| value.clone(), |cell| Value::from(cell.text().clone()))
}

/// `value` without the texts of cells in it, if it is a list.
pub(super) fn plain_list(value: &Value) -> Value {
    let value = plain(value);
    let is_list = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) && !value.is_tuple();
    let items = value.as_object().filter(|_| is_list).and_then(ObjectIter::items).unwrap_or_default();
    if !items.iter().any(has_cell) {
        return value;
    }
    items.iter().map(plain_list).collect()
}

fn has_cell(value: &Value) -> bool {
    value.downcast_object_ref::<Cell>().is_some()
        || (value.kind() == ValueKind::Seq
            && value.as_object().and_then(ObjectIter::items).is_some_and(|items| items.iter().any(has_cell)))
}

/// The elements of a list.
trait ObjectIter {
    fn items(&self) -> Option<Vec<Value>>;
}

impl ObjectIter for DynObject {
    fn items(&self) -> Option<Vec<Value>> {
        // What has no length may have no end.
        self.enumerator_len()?;
        self.try_iter().map(Iterator::collect)
    }
}

/// A value as JSON, with the values of cells and not their texts.
pub(super) struct Plain<'a>(pub(super) &'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = plain(self.0);
        let Some(object) = value.as_object().filter(|object| object.enumerator_len().is_some()) else {
            return value.serialize(serializer);
        };
        match object.repr() {
            ObjectRepr::Map => {
                let mut map = serializer.serialize_map(object.enumerator_len())?;
                for (key, value) in object.try_iter_pairs().into_iter().flatten() {
                    map.serialize_entry(&key, &Plain(&value))?;
                }
                map.end()
            }
            ObjectRepr::Seq | ObjectRepr::Iterable => {
                let mut list = serializer.serialize_seq(object.enumerator_len())?;
                for item in object.try_iter().into_iter().flatten() {
                    list.serialize_element(&Plain(&item))?;
                }
                list.end()
            }
            _ => value.serialize(serializer),
        }
    }
}
