//! Rows and groups of a table as templates see them: [`TemplateColumns`], [`TemplateRow`] and [`TemplateGroup`]. They
//! are cheap to share.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use super::cell::typed;
use crate::record::{ColumnKind, ColumnType, Field};

/// The names of a table's columns, in order, shared by its rows.
#[derive(Debug)]
pub struct TemplateColumns {
    names: Vec<Value>,
    kinds: Vec<ColumnKind>,
    index: HashMap<String, usize>,
    /// The positions of the columns that no prompt shows.
    hidden: Vec<usize>,
    /// The positions of the columns that a context shows only where it names them.
    kept_back: Vec<usize>,
}

impl TemplateColumns {
    /// Of two columns with the same name, [`TemplateColumns::position`] finds the first.
    #[must_use]
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Arc<Self> {
        Self::with_kinds(names.into_iter().map(|name| (name, ColumnKind::Untyped)))
    }

    /// Columns with what their cells are.
    #[must_use]
    pub fn with_kinds<S: AsRef<str>>(columns: impl IntoIterator<Item = (S, ColumnKind)>) -> Arc<Self> {
        let (names, kinds): (Vec<Value>, Vec<ColumnKind>) =
            columns.into_iter().map(|(name, kind)| (Value::from(name.as_ref()), kind)).unzip();
        let mut index = HashMap::with_capacity(names.len());
        for (position, name) in names.iter().enumerate() {
            index.entry(name.as_str().unwrap_or_default().to_owned()).or_insert(position);
        }
        Arc::new(Self { names, kinds, index, hidden: Vec::new(), kept_back: Vec::new() })
    }

    /// The same columns, of which prompts do not show those called `hidden`.
    #[must_use]
    pub fn hiding(&self, hidden: &[String]) -> Arc<Self> {
        let (names, kinds, index) = (self.names.clone(), self.kinds.clone(), self.index.clone());
        let hidden = self.names().enumerate().filter(|(_, name)| hidden.iter().any(|it| it == name));
        let hidden = hidden.map(|(position, _)| position).collect();
        Arc::new(Self { names, kinds, index, hidden, kept_back: self.kept_back.clone() })
    }

    /// The same columns, of which a context shows those called `kept_back` only where it names them.
    #[must_use]
    pub fn keeping_back(&self, kept_back: &[&str]) -> Arc<Self> {
        let (names, kinds, index) = (self.names.clone(), self.kinds.clone(), self.index.clone());
        let kept_back = kept_back.iter().filter_map(|name| self.position(name)).collect();
        Arc::new(Self { names, kinds, index, hidden: self.hidden.clone(), kept_back })
    }

    pub(super) fn keeps_back(&self, position: usize) -> bool {
        self.kept_back.contains(&position)
    }

    pub(super) fn hides(&self, position: usize) -> bool {
        self.hidden.contains(&position)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| name.as_str().unwrap_or_default())
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = ColumnKind> {
        self.kinds.iter().copied()
    }

    /// The columns that have a type, with their names.
    pub fn types(&self) -> impl Iterator<Item = (&str, ColumnType)> {
        self.names().zip(&self.kinds).filter_map(|(name, kind)| match kind {
            ColumnKind::Typed(kind) => Some((name, *kind)),
            ColumnKind::Untyped | ColumnKind::Json => None,
        })
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
    fields: Vec<RowField>,
    /// Whether it leaves out the columns that no prompt shows.
    hides: bool,
}

/// A cell of a row.
#[derive(Clone, Debug)]
struct RowField {
    text: Value,
    is_json: bool,
    /// What templates see, made when one of them first asks for it.
    value: OnceLock<Value>,
}

impl TemplateRow {
    /// A row with its texts in the order of `columns`. A column without one is undefined.
    #[must_use]
    pub fn new<S: AsRef<str>>(columns: &Arc<TemplateColumns>, fields: impl IntoIterator<Item = S>) -> Arc<Self> {
        let field = |text: S| RowField { text: text.as_ref().into(), is_json: false, value: OnceLock::new() };
        Arc::new(Self { columns: columns.clone(), fields: fields.into_iter().map(field).collect(), hides: false })
    }

    /// The same of recorded fields, which may be values of a JSON file.
    #[must_use]
    pub fn of_fields(columns: &Arc<TemplateColumns>, fields: &[Field]) -> Arc<Self> {
        let field =
            |it: &Field| RowField { text: it.text.as_str().into(), is_json: it.is_json, value: OnceLock::new() };
        Arc::new(Self { columns: columns.clone(), fields: fields.iter().map(field).collect(), hides: false })
    }

    /// The row with other texts at some positions.
    pub(super) fn with_texts(&self, texts: impl IntoIterator<Item = (usize, String)>) -> Arc<Self> {
        let mut fields = self.fields.clone();
        for (position, text) in texts {
            if let Some(field) = fields.get_mut(position) {
                *field = RowField { text: text.into(), is_json: false, value: OnceLock::new() };
            }
        }
        Arc::new(Self { columns: self.columns.clone(), fields, hides: self.hides })
    }

    /// The row as prompts see it: without the columns that none shows.
    #[must_use]
    pub fn visible(self: &Arc<Self>) -> Arc<Self> {
        if self.columns.hidden.is_empty() {
            return self.clone();
        }
        Arc::new(Self { columns: self.columns.clone(), fields: self.fields.clone(), hides: true })
    }

    fn shows(&self, position: usize) -> bool {
        !(self.hides && self.columns.hides(position))
    }

    /// The text of the field at `position`; empty if there is none.
    #[must_use]
    pub fn field(&self, position: usize) -> &str {
        self.fields.get(position).and_then(|field| field.text.as_str()).unwrap_or_default()
    }

    fn value(&self, position: usize) -> Option<Value> {
        let field = self.fields.get(position)?;
        let kind = match self.columns.kinds.get(position) {
            Some(ColumnKind::Typed(kind)) => *kind,
            _ if field.is_json => ColumnType::Json,
            _ => return Some(field.text.clone()),
        };
        Some(field.value.get_or_init(|| typed(self.field(position), kind)).clone())
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
        self.value(self.columns.position(key).filter(|it| self.shows(*it))?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let names = self.columns.names.iter().take(self.fields.len()).enumerate();
        Enumerator::Values(names.filter(|(position, _)| self.shows(*position)).map(|(_, name)| name.clone()).collect())
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
