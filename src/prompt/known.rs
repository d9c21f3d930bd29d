//! The names that a template may use ([`Known`]), so that a misspelt one is an error before the first call.

mod unknown;

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::ErrorKind;
use minijinja::value::Value;

use serde_json::Value as Json;

use super::documents::{DocumentFunction, DocumentNames};
use super::error::PromptError;
use super::origin::explain;
use super::settings::TemplateSettings;
use super::shape::{JsonKind, Shape};
use super::table::{TemplateColumns, TemplateGroup, TemplateRow};
use crate::config::GroupingMode;
use crate::record::{ColumnKind, ColumnType, OutputPath};

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateUse {
    /// A prompt that asks for an answer.
    Generation,
    /// A prompt that asks for a verdict on an answer.
    Judge,
    /// A check of an answer, or its message.
    Check,
    /// A value by which a recorded answer or verdict is looked up.
    Match,
    /// A field of an object that is made of an accepted output.
    OutputFile,
    /// A metric of an accepted output.
    Metric,
}

/// The names that a template may use.
#[derive(Clone, Debug)]
pub struct Known {
    names: Vec<&'static str>,
    columns: Vec<(String, ColumnKind)>,
    output_fields: Option<Vec<String>>,
    /// The steps whose outputs the template sees, each with whether there can be several of them.
    steps: Vec<(String, bool)>,
    /// What is known of `output`, of `item`, of `run`, of `object`, and of the outputs of steps by their names.
    output: Option<Shape>,
    item: Option<Shape>,
    run: Option<Shape>,
    object: Option<Shape>,
    outputs: BTreeMap<String, Shape>,
    settings: TemplateSettings,
    /// The documents that it may read; `None` where it can read none.
    documents: Option<DocumentNames>,
    /// The names of the gold values that it may read, and what they are.
    gold: Vec<(String, ColumnKind)>,
    /// Whether names alone may be columns or variables, as in single braces.
    bare: bool,
}

impl Known {
    /// The names in templates for `purpose` over a table with `columns`. `output_fields` are the top-level fields of
    /// the schema; `None` if the schema allows others too, so that no field is unknown.
    #[must_use]
    pub fn new(
        purpose: TemplateUse,
        columns: &TemplateColumns,
        grouping: Option<GroupingMode>,
        output_fields: Option<&[String]>,
    ) -> Self {
        let mut names = match grouping {
            None => vec!["row"],
            Some(GroupingMode::RowOutputWithGroupContext) => vec!["row", "group"],
            Some(GroupingMode::GroupOutput) => vec!["group"],
        };
        names.extend_from_slice(match purpose {
            TemplateUse::Generation => &["context", "llm_schema", "vars", "input_data"],
            TemplateUse::Judge => &["context", "llm_schema", "verdict_schema", "output", "vars", "input_data"],
            TemplateUse::Check => &["context", "output", "attempt", "vars"],
            TemplateUse::Match => &["context", "output", "attempt", "model", "candidate", "vars"],
            TemplateUse::OutputFile => &["output", "work_id", "id", "vars"],
            TemplateUse::Metric => &["output", "vars"],
        });
        let output_fields = output_fields.map(<[String]>::to_vec);
        Self { output_fields, ..Self::of_context(&names, columns) }
    }

    /// Sets the variables, and the columns that the templates may not show.
    #[must_use]
    pub fn with_settings(mut self, settings: &TemplateSettings) -> Self {
        self.settings = settings.clone();
        self
    }

    /// Adds `gold`, with values of these names and kinds.
    #[must_use]
    pub fn with_gold(mut self, values: Vec<(String, ColumnKind)>) -> Self {
        self.names.push("gold");
        self.gold = values;
        self
    }

    /// Allows the functions that read these documents.
    #[must_use]
    pub fn with_documents(mut self, names: &DocumentNames) -> Self {
        self.documents = Some(names.clone());
        self
    }

    /// Allows all columns.
    #[must_use]
    pub fn showing_all(mut self) -> Self {
        self.settings = self.settings.showing_all();
        self
    }

    /// The same names, each of which may be a column or a variable by itself.
    pub(super) fn for_braces(&self) -> Self {
        Self { bare: true, ..self.clone() }
    }

    pub(super) fn documents(&self) -> Option<&DocumentNames> {
        self.documents.as_ref()
    }

    pub(super) fn settings(&self) -> &TemplateSettings {
        &self.settings
    }

    /// The names of the columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// Sets the schema of `output`, so that the names in it are known at any depth.
    #[must_use]
    pub fn with_output(mut self, schema: &Arc<Json>) -> Self {
        self.output = Some(Shape::of(schema));
        self
    }

    /// Sets the schema of the outputs of the step `name`, as `steps` has them.
    #[must_use]
    pub fn with_step_output(mut self, name: &str, schema: &Arc<Json>) -> Self {
        self.outputs.insert(name.to_owned(), Shape::of(schema));
        self
    }

    /// Says that `item` is an output of the step `of`, or with `list` an element of the list at that path. The
    /// schema of these has to be set before.
    #[must_use]
    pub fn with_item_of(mut self, of: &str, list: Option<&OutputPath>) -> Self {
        self.item = match (self.outputs.get(of), list) {
            (Some(output), Some(list)) => output.elements_of(list),
            (output, None) => output.cloned(),
            (None, Some(_)) => None,
        };
        self
    }

    /// The names in the fields of an object about a run: `vars`, and `run` with a schema of its value.
    #[must_use]
    pub fn of_run(schema: &Arc<Json>, settings: &TemplateSettings) -> Self {
        let known = Self::of_context(&["run", "vars"], &TemplateColumns::new([""; 0])).with_settings(settings);
        Self { run: Some(Shape::of(schema)), ..known }
    }

    /// Adds `object`, an object of a file, with a schema of it.
    #[must_use]
    pub fn with_object(mut self, schema: &Arc<Json>) -> Self {
        self.names.push("object");
        self.object = Some(Shape::of(schema));
        self
    }

    /// Removes `id`, for objects that have none.
    #[must_use]
    pub fn without_id(mut self) -> Self {
        self.names.retain(|name| *name != "id");
        self
    }

    /// Adds the names of a later step. `steps` are the steps that its work items are made from, each with whether it
    /// may have several outputs; `item` says whether a work item has an `item`, `perspective` whether there is a role.
    #[must_use]
    pub fn with_steps(mut self, steps: &[(String, bool)], item: bool, perspective: bool) -> Self {
        if !steps.is_empty() {
            self.names.extend_from_slice(&["steps", "parents"]);
        }
        if item {
            self.names.push("item");
        }
        if perspective {
            self.names.push("perspective");
        }
        self.steps = steps.to_vec();
        self
    }

    /// Removes the names of the source, for work items that do not come from a single row or group.
    #[must_use]
    pub fn without_source(mut self) -> Self {
        self.names.retain(|name| !matches!(*name, "row" | "group" | "context" | "input_data"));
        self
    }

    /// The names in the templates of a context.
    pub(super) fn of_context(names: &[&'static str], columns: &TemplateColumns) -> Self {
        Self {
            names: names.to_vec(),
            columns: columns.names().map(str::to_owned).zip(columns.kinds()).collect(),
            output_fields: None,
            steps: Vec::new(),
            output: None,
            item: None,
            run: None,
            object: None,
            outputs: BTreeMap::new(),
            settings: TemplateSettings::default(),
            documents: None,
            gold: Vec::new(),
            bare: false,
        }
    }

    /// Adds the names that only the message after a failed attempt sees.
    pub(super) fn for_retry(&self) -> Self {
        let mut known = self.clone();
        known.names.extend_from_slice(&["feedback", "attempt"]);
        known
    }

    /// Only the names whose values are known when work is planned: `row` and `group`.
    pub(super) fn for_images(&self) -> Self {
        let mut known = self.clone();
        known.names.retain(|name| matches!(*name, "row" | "group"));
        known.documents = None;
        known
    }

    /// Whether the template is given a value under this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// The schema of the value at a path; `None` if it is not known.
    pub(super) fn shape(&self, path: &str) -> Option<Shape> {
        let (head, rest) = path.split_once('.').unwrap_or((path, ""));
        let follow = |shape: &Shape, rest: &str| {
            let segments: Vec<&str> = rest.split('.').filter(|it| !it.is_empty()).collect();
            shape.follow(&segments).ok().flatten()
        };
        match head {
            "output" => follow(self.output.as_ref()?, rest),
            "item" => follow(self.item.as_ref()?, rest),
            "run" => follow(self.run.as_ref()?, rest),
            "object" => follow(self.object.as_ref()?, rest),
            "steps" => {
                let (step, shape) = self.step_output(rest)?;
                follow(&shape, rest.get(step.len()..)?)
            }
            _ => None,
        }
    }

    /// The step that a path begins with, after `steps`, and the schema of what the template has of it.
    fn step_output(&self, path: &str) -> Option<(&str, Shape)> {
        let begins = |name: &str| path.strip_prefix(name).is_some_and(|it| it.is_empty() || it.starts_with('.'));
        let steps = self.steps.iter().filter(|(name, _)| begins(name));
        let (step, several) = steps.max_by_key(|(name, _)| name.len())?;
        let shape = self.outputs.get(step)?.clone();
        Some((step, if *several { shape.list() } else { shape }))
    }

    /// The kind of the value at a path, where it is not none, if no schema says it.
    pub(super) fn kind(&self, path: &str) -> Option<JsonKind> {
        match path {
            "context" | "llm_schema" | "verdict_schema" | "feedback" | "model" | "perspective" | "group.key"
            | "group_key" | "kv_block" | "work_id" | "id" => Some(JsonKind::Text),
            "attempt" | "candidate" | "group.n_rows" | "n_rows" | "n_included" => Some(JsonKind::Number),
            _ if path.starts_with("vars.") => self.settings.kind(path.strip_prefix("vars.")?),
            _ => match self.column(path)? {
                ColumnKind::Untyped | ColumnKind::Typed(ColumnType::Text | ColumnType::Date) => Some(JsonKind::Text),
                ColumnKind::Typed(ColumnType::Number | ColumnType::Integer) => Some(JsonKind::Number),
                ColumnKind::Typed(ColumnType::Bool) => Some(JsonKind::Bool),
                ColumnKind::Typed(ColumnType::Json) | ColumnKind::Json => None,
            },
        }
    }

    /// Whether the path is a cell that is none where it is empty, and never the empty text.
    pub(super) fn is_none_where_empty(&self, path: &str) -> bool {
        use ColumnType::{Bool, Date, Integer, Number};
        let is_typed = |kind| matches!(kind, ColumnKind::Typed(Number | Integer | Bool | Date));
        self.column(path).is_some_and(|kind| is_typed(kind) || path.starts_with("gold."))
    }

    /// What the cells of the column at a path, or the gold values there, are.
    fn column(&self, path: &str) -> Option<ColumnKind> {
        let (columns, name) = match path.strip_prefix("gold.") {
            Some(name) => (&self.gold, name),
            None => (&self.columns, path.strip_prefix("row.")?),
        };
        columns.iter().find(|(column, _)| column == name).map(|(_, kind)| *kind)
    }

    /// Made-up values of the known names, to render a template once on trial.
    pub(super) fn trial(&self) -> Value {
        let columns = TemplateColumns::new(self.columns.iter().map(|(name, _)| name));
        let row = TemplateRow::new(&columns, self.columns.iter().map(|_| "1"));
        let value = |name: &str| match name {
            "row" => Value::from_dyn_object(row.clone()),
            "group" => Value::from_dyn_object(TemplateGroup::new("1", 1)),
            "output" => {
                let fields = self.output_fields.iter().flatten();
                Value::from(fields.map(|field| (field.as_str(), "1")).collect::<BTreeMap<_, _>>())
            }
            "gold" => Value::from(self.gold.iter().map(|(name, _)| (name.as_str(), "1")).collect::<BTreeMap<_, _>>()),
            "attempt" | "candidate" | "n_rows" | "n_included" => Value::from(1),
            // The outputs of other steps are not known here.
            "steps" => {
                let names = self.steps.iter().filter_map(|(step, _)| step.split('.').next());
                Value::from(
                    names.map(|name| (name, Value::from(BTreeMap::<&str, Value>::new()))).collect::<BTreeMap<_, _>>(),
                )
            }
            "parents" => Value::from(Vec::<Value>::new()),
            "vars" => self.settings.value().0,
            _ => Value::from("text"),
        };
        let functions = DocumentFunction::ALL.map(DocumentFunction::as_str);
        let functions = functions.map(|name| (name, DocumentNames::trial().function(name).unwrap_or_default()));
        let names = self.names.iter().map(|&name| (name, value(name)));
        Value::from(functions.into_iter().chain(names).collect::<BTreeMap<_, _>>())
    }
}

/// Whether the error does not depend on the values, so that every row would meet it. Values have no methods at all.
pub(super) fn fails_for_every_row(error: &minijinja::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction | ErrorKind::UnknownMethod
    )
}

/// The error of an expression that is read by the engine and not by the checks.
pub(super) fn unchecked_error(key: &str, source: &str) -> PromptError {
    let message = format!("this cannot be checked: write it simpler: {source}");
    PromptError::Template { what: format!("`{key}`"), message, location: None, hint: None }
}

/// The error of an expression that fails for every row.
pub(super) fn expression_error(key: &str, error: &minijinja::Error, source: &str) -> PromptError {
    PromptError::Template { what: format!("`{key}`"), message: explain(error, source), location: None, hint: None }
}
