//! The variables of templates and expressions: [`Vars`]. A value is never rendered again, so that data cannot become a
//! template.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, Serde, Value};

use super::documents::TemplateDocuments;
use super::lineage::{Lineage, TemplateValue};
use super::table::{TemplateGroup, TemplateRow};

/// The variables of a template. One that was not set is undefined, and using it is an error.
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
    variables: Option<Value>,
    work_id: Option<Value>,
    id: Option<Value>,
    run: Option<Value>,
    object: Option<Value>,
    gold: Option<Value>,
    /// The column that `input_data` is the cell of; `None`: it is the context.
    input_column: Option<Arc<str>>,
    documents: Option<TemplateDocuments>,
}

impl Vars {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn row(mut self, row: &Arc<TemplateRow>) -> Self {
        self.row = Some(Value::from_dyn_object(row.clone()));
        self
    }

    #[must_use]
    pub fn group(mut self, group: &Arc<TemplateGroup>) -> Self {
        self.group = Some(Value::from_dyn_object(group.clone()));
        self
    }

    /// Sets `context`, the text of the row's or the group's context.
    #[must_use]
    pub fn context(mut self, text: &Arc<str>) -> Self {
        self.context = Some(Value::from(text));
        self
    }

    /// Sets `llm_schema`, the text of the schema of the answer (for a judge, of the judged answer).
    #[must_use]
    pub fn llm_schema(mut self, text: &Arc<str>) -> Self {
        self.llm_schema = Some(Value::from(text));
        self
    }

    /// Sets `verdict_schema`, the text of the schema of a verdict.
    #[must_use]
    pub fn verdict_schema(mut self, text: &Arc<str>) -> Self {
        self.verdict_schema = Some(Value::from(text));
        self
    }

    /// Sets `output`, the value that the answer holds.
    #[must_use]
    pub fn output(mut self, output: &serde_json::Value) -> Self {
        self.output = Some(Value::from(Serde(output)));
        self
    }

    /// Sets `attempt`, 1 for the first.
    #[must_use]
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = Some(Value::from(attempt));
        self
    }

    /// Sets `vars`, the variables of the configuration.
    #[must_use]
    pub fn variables(mut self, variables: &TemplateValue) -> Self {
        self.variables = Some(variables.0.clone());
        self
    }

    /// Says that `input_data` is the cell of `column`, and not the context.
    #[must_use]
    pub fn input_column(mut self, column: &Arc<str>) -> Self {
        self.input_column = Some(column.clone());
        self
    }

    /// Sets `feedback`, what was wrong with the last answer.
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

    /// Sets `output` to the `item` of a work item, for a step that judges it.
    #[must_use]
    pub fn output_of(mut self, lineage: &Lineage) -> Self {
        self.output.clone_from(&lineage.item);
        self
    }

    /// Sets `perspective`, the name of the role in which a step is done.
    #[must_use]
    pub fn perspective(mut self, name: &str) -> Self {
        self.perspective = Some(Value::from(name));
        self
    }

    /// Sets `model`, the name of the model that is asked.
    #[must_use]
    pub fn model(mut self, name: &str) -> Self {
        self.model = Some(Value::from(name));
        self
    }

    /// Sets the documents that the functions `retrieve`, `lines` and `evidence_ok` read.
    #[must_use]
    pub fn documents(mut self, documents: TemplateDocuments) -> Self {
        self.documents = Some(documents);
        self
    }

    /// Sets `work_id`, the id of the work item that an object is made of.
    #[must_use]
    pub fn work_id(mut self, id: &str) -> Self {
        self.work_id = Some(Value::from(id));
        self
    }

    /// Sets `id`, the id of an object in its file.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(Value::from(id));
        self
    }

    /// Sets `run`, what an object about a run is made of.
    #[must_use]
    pub fn run(mut self, run: &serde_json::Value) -> Self {
        self.run = Some(Value::from(Serde(run)));
        self
    }

    /// Sets `object`, an object of a file.
    #[must_use]
    pub fn object(mut self, object: &serde_json::Value) -> Self {
        self.object = Some(Value::from(Serde(object)));
        self
    }

    /// Sets `gold`, the values of the gold answer by their names.
    #[must_use]
    pub fn gold(mut self, answer: &serde_json::Value) -> Self {
        self.gold = Some(Value::from(Serde(answer)));
        self
    }

    /// Sets `candidate`, the number of the candidate that is asked for, 1 for the first.
    #[must_use]
    pub fn candidate(mut self, number: u32) -> Self {
        self.candidate = Some(Value::from(number));
        self
    }
}

/// Shows only the names of the variables that are set: values may be large and private.
impl fmt::Debug for Vars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = NAMES.into_iter().filter(|name| self.get(name).is_some());
        f.debug_set().entries(names).finish()
    }
}

/// The names of all variables of prompts, checks and rules. Those of files of objects alone are not among them.
pub(super) const NAMES: [&str; 17] = [
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
    "vars",
    "input_data",
    "gold",
];

impl Vars {
    fn get(&self, name: &str) -> Option<Value> {
        let value = match name {
            "row" => &self.row,
            "group" => &self.group,
            "context" => &self.context,
            "llm_schema" => &self.llm_schema,
            "verdict_schema" => &self.verdict_schema,
            "output" => &self.output,
            "attempt" => &self.attempt,
            "feedback" => &self.feedback,
            "model" => &self.model,
            "item" => &self.item,
            "steps" => &self.steps,
            "parents" => &self.parents,
            "perspective" => &self.perspective,
            "candidate" => &self.candidate,
            "vars" => &self.variables,
            "work_id" => &self.work_id,
            "id" => &self.id,
            "run" => &self.run,
            "object" => &self.object,
            "gold" => &self.gold,
            "input_data" => match &self.input_column {
                None => &self.context,
                Some(column) => return self.row.as_ref()?.get_attr(column).ok().filter(|it| !it.is_undefined()),
            },
            name => return self.documents.as_ref()?.function(name),
        };
        value.clone()
    }
}

impl Object for Vars {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.get(key)
    }
}
