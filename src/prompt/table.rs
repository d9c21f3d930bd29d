//! Rows and groups of a table as templates see them: [`TemplateColumns`], [`TemplateRow`] and [`TemplateGroup`]. They
//! are cheap to share.

use std::collections::HashMap;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

/// The names of a table's columns, in order, shared by its rows.
#[derive(Debug)]
pub struct TemplateColumns {
    names: Vec<Value>,
    index: HashMap<String, usize>,
}

impl TemplateColumns {
    /// Of two columns with the same name, [`TemplateColumns::position`] finds the first.
    #[must_use]
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Arc<Self> {
        let names: Vec<Value> = names.into_iter().map(|name| Value::from(name.as_ref())).collect();
        let mut index = HashMap::with_capacity(names.len());
        for (position, name) in names.iter().enumerate() {
            index.entry(name.as_str().unwrap_or_default().to_owned()).or_insert(position);
        }
        Arc::new(Self { names, index })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| name.as_str().unwrap_or_default())
    }

    /// The name at `position`; empty if there is none.
    #[must_use]
    pub fn name(&self, position: usize) -> &str {
        self.names.get(position).and_then(Value::as_str).unwrap_or_default()
    }

    /// The position of the column `name`.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The positions of the columns that a template with these `names` (with their attributes) reads of `row`; `None`
    /// if it may read any.
    #[must_use]
    pub fn read_by(&self, names: &[String]) -> Option<Vec<usize>> {
        let of_row = names.iter().filter(|name| name.split('.').next() == Some("row"));
        of_row
            .map(|name| {
                let column = name.strip_prefix("row.")?;
                self.position(column).or_else(|| self.position(column.split('.').next()?))
            })
            .collect()
    }
}

/// A row of a table, which templates see as `row`: `row.narrative`, `row["Column name"]`, or a loop over its columns in
/// order.
#[derive(Debug)]
pub struct TemplateRow {
    columns: Arc<TemplateColumns>,
    fields: Vec<Value>,
}

impl TemplateRow {
    /// A row with its fields in the order of `columns`. A column without a field is undefined.
    #[must_use]
    pub fn new<S: AsRef<str>>(columns: &Arc<TemplateColumns>, fields: impl IntoIterator<Item = S>) -> Arc<Self> {
        let fields = fields.into_iter().map(|field| Value::from(field.as_ref())).collect();
        Arc::new(Self { columns: columns.clone(), fields })
    }

    /// The field at `position`; empty if there is none.
    #[must_use]
    pub fn field(&self, position: usize) -> &str {
        self.fields.get(position).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Object for TemplateRow {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.fields.get(self.columns.position(key)?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.columns.names.iter().take(self.fields.len()).cloned().collect())
    }
}

/// A group of rows, which templates see as `group`: `group.key` and `group.n_rows`. The context shows its rows.
#[derive(Debug)]
pub struct TemplateGroup {
    key: Value,
    n_rows: usize,
}

impl TemplateGroup {
    #[must_use]
    pub fn new(key: &str, n_rows: usize) -> Arc<Self> {
        Arc::new(Self { key: Value::from(key), n_rows })
    }
}

impl Object for TemplateGroup {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "key" => Some(self.key.clone()),
            "n_rows" => Some(Value::from(self.n_rows)),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["key", "n_rows"])
    }
}
