//! The values that templates and expressions see. They are cheap to clone and never rendered again.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Serde, Value};

/// The names of a table's columns, in order, shared by its rows.
#[derive(Debug)]
pub struct Columns {
    names: Vec<Value>,
    index: HashMap<String, usize>,
}

impl Columns {
    /// Of two columns with one name, the first is found by it.
    #[must_use]
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Arc<Self> {
        let names: Vec<Value> = names.into_iter().map(|name| Value::from(name.as_ref())).collect();
        let mut index = HashMap::with_capacity(names.len());
        for (position, name) in names.iter().enumerate() {
            index.entry(name.as_str().unwrap_or_default().to_owned()).or_insert(position);
        }
        Arc::new(Self { names, index })
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| name.as_str().unwrap_or_default())
    }

    /// The name at `position`; empty where there is none.
    #[must_use]
    pub fn name(&self, position: usize) -> &str {
        self.names.get(position).and_then(Value::as_str).unwrap_or_default()
    }

    /// The position of the column `name`.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }
}

/// A row of a table, as `row` in templates: `row.narrative`, `row["Column name"]`, or a loop over its columns in order.
#[derive(Debug)]
pub struct Row {
    columns: Arc<Columns>,
    fields: Vec<Value>,
}

impl Row {
    /// A row with its fields in the order of `columns`. A column without a field is undefined.
    #[must_use]
    pub fn new<S: AsRef<str>>(columns: &Arc<Columns>, fields: impl IntoIterator<Item = S>) -> Arc<Self> {
        let fields = fields.into_iter().map(|field| Value::from(field.as_ref())).collect();
        Arc::new(Self { columns: columns.clone(), fields })
    }

    /// The row's columns.
    #[must_use]
    pub fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// The field at `position`; empty where there is none.
    #[must_use]
    pub fn field(&self, position: usize) -> &str {
        self.fields.get(position).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Object for Row {
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

/// A group of rows, as `group` in templates: `group.key`, `group.n_rows`. Its rows are what the context shows.
#[derive(Debug)]
pub struct Group {
    key: Value,
    n_rows: usize,
}

impl Group {
    /// A group of `n_rows` rows.
    #[must_use]
    pub fn new(key: &str, n_rows: usize) -> Arc<Self> {
        Arc::new(Self { key: Value::from(key), n_rows })
    }
}

impl Object for Group {
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

/// A value as templates see it, to be shared by many of them: a copy costs nothing.
#[derive(Clone, Debug)]
pub struct Shown(Value);

impl Shown {
    /// A JSON value.
    #[must_use]
    pub fn new(value: &serde_json::Value) -> Self {
        Self(Value::from(Serde(value)))
    }

    /// A list of values.
    #[must_use]
    pub fn list(values: Vec<Self>) -> Self {
        Self(values.into_iter().map(|it| it.0).collect())
    }

    /// An object with these fields.
    #[must_use]
    pub fn object(fields: BTreeMap<String, Self>) -> Self {
        Self(fields.into_iter().map(|(name, it)| (name, it.0)).collect::<BTreeMap<String, Value>>().into())
    }
}

/// One thing that a work item is made from, as `parents` shows it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name of its step.
    pub step: String,
    /// Its work item's id.
    pub work_id: String,
    /// Its own item, where it has one.
    pub item: Option<serde_json::Value>,
    /// Its output.
    pub output: Shown,
}

/// What a work item of a later step goes back to, as `item`, `steps` and `parents` in templates.
#[derive(Clone, Debug)]
pub struct Lineage {
    item: Option<Value>,
    steps: Value,
    parents: Value,
}

impl Lineage {
    /// `item` is what the work item is made of, `steps` the outputs by the names of their steps, `parents` what it is
    /// made from.
    #[must_use]
    pub fn new(item: Option<Shown>, steps: Shown, parents: Vec<Source>) -> Self {
        let parent = |it: Source| {
            let item = it.item.map_or(Value::from(()), |item| Value::from(Serde(&item)));
            let fields: [(&str, Value); 4] =
                [("item", item), ("output", it.output.0), ("step", it.step.into()), ("work_id", it.work_id.into())];
            Value::from(BTreeMap::from(fields))
        };
        Self {
            item: item.map(|it| it.0).filter(|it| !it.is_none()),
            steps: steps.0,
            parents: parents.into_iter().map(parent).collect(),
        }
    }
}

/// What a template is rendered with. What was not given is undefined, and using it is an error.
#[derive(Clone, Default)]
pub struct Vars {
    row: Option<Value>,
    group: Option<Value>,
    context: Option<Value>,
    llm_schema: Option<Value>,
    verdict_schema: Option<Value>,
    output: Option<Value>,
    attempt: Option<Value>,
    feedback: Option<Value>,
    model: Option<Value>,
    item: Option<Value>,
    steps: Option<Value>,
    parents: Option<Value>,
    perspective: Option<Value>,
    candidate: Option<Value>,
}

impl Vars {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `row`.
    #[must_use]
    pub fn row(mut self, row: &Arc<Row>) -> Self {
        self.row = Some(Value::from_dyn_object(row.clone()));
        self
    }

    /// Sets `group`.
    #[must_use]
    pub fn group(mut self, group: &Arc<Group>) -> Self {
        self.group = Some(Value::from_dyn_object(group.clone()));
        self
    }

    /// Sets `context`: the text of the row's or the group's context.
    #[must_use]
    pub fn context(mut self, text: &Arc<str>) -> Self {
        self.context = Some(Value::from(text));
        self
    }

    /// Sets `llm_schema`: the text of the schema that the answer (for a judge: the judged answer) is held to.
    #[must_use]
    pub fn llm_schema(mut self, text: &Arc<str>) -> Self {
        self.llm_schema = Some(Value::from(text));
        self
    }

    /// Sets `verdict_schema`: the text of the schema that a verdict is held to.
    #[must_use]
    pub fn verdict_schema(mut self, text: &Arc<str>) -> Self {
        self.verdict_schema = Some(Value::from(text));
        self
    }

    /// Sets `output`: the answer, as the value that it is.
    #[must_use]
    pub fn output(mut self, output: &serde_json::Value) -> Self {
        self.output = Some(Value::from(Serde(output)));
        self
    }

    /// Sets `attempt`: 1 for the first.
    #[must_use]
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = Some(Value::from(attempt));
        self
    }

    /// Sets `feedback`: what was wrong with the last answer.
    #[must_use]
    pub fn feedback(mut self, text: &str) -> Self {
        self.feedback = Some(Value::from(text));
        self
    }

    /// Sets `item`, `steps` and `parents`.
    #[must_use]
    pub fn lineage(mut self, lineage: &Lineage) -> Self {
        self.item.clone_from(&lineage.item);
        self.steps = Some(lineage.steps.clone());
        self.parents = Some(lineage.parents.clone());
        self
    }

    /// Sets `output` to what a work item is made from.
    #[must_use]
    pub fn output_of(mut self, lineage: &Lineage) -> Self {
        self.output.clone_from(&lineage.item);
        self
    }

    /// Sets `perspective`: the role in which a step is done.
    #[must_use]
    pub fn perspective(mut self, name: &str) -> Self {
        self.perspective = Some(Value::from(name));
        self
    }

    /// Sets `model`: the name of the model that is asked.
    #[must_use]
    pub fn model(mut self, name: &str) -> Self {
        self.model = Some(Value::from(name));
        self
    }

    /// Sets `candidate`: which of several candidates is asked for, 1 for the first.
    #[must_use]
    pub fn candidate(mut self, number: u32) -> Self {
        self.candidate = Some(Value::from(number));
        self
    }
}

/// Values may be large and private; only which of them are there is shown.
impl fmt::Debug for Vars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = NAMES.into_iter().filter(|name| self.get(name).is_some());
        f.debug_set().entries(names).finish()
    }
}

/// All names that a template may know.
pub(super) const NAMES: [&str; 14] = [
    "row",
    "group",
    "context",
    "llm_schema",
    "verdict_schema",
    "output",
    "attempt",
    "feedback",
    "model",
    "item",
    "steps",
    "parents",
    "perspective",
    "candidate",
];

impl Vars {
    fn get(&self, name: &str) -> Option<&Value> {
        match name {
            "row" => self.row.as_ref(),
            "group" => self.group.as_ref(),
            "context" => self.context.as_ref(),
            "llm_schema" => self.llm_schema.as_ref(),
            "verdict_schema" => self.verdict_schema.as_ref(),
            "output" => self.output.as_ref(),
            "attempt" => self.attempt.as_ref(),
            "feedback" => self.feedback.as_ref(),
            "model" => self.model.as_ref(),
            "item" => self.item.as_ref(),
            "steps" => self.steps.as_ref(),
            "parents" => self.parents.as_ref(),
            "perspective" => self.perspective.as_ref(),
            "candidate" => self.candidate.as_ref(),
            _ => None,
        }
    }
}

impl Object for Vars {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get(key.as_str()?).cloned()
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.get(key).cloned()
    }
}
