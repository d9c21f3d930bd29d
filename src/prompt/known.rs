//! The names that a template may use ([`Known`]), so that a misspelt one is an error before the first call.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::ErrorKind;
use minijinja::value::Value;

use serde_json::Value as Json;

use super::compare::HINT;
use super::error::PromptError;
use super::fault::{Fault, access, in_shape};
use super::operators::Expressions;
use super::origin::explain;
use super::paths::{called, excused, text_and_number};
use super::shape::Shape;
use super::table::{TemplateColumns, TemplateGroup, TemplateRow};
use super::template::Template;
use super::vars::NAMES;
use crate::config::{GroupingMode, nearest};
use crate::record::ColumnKind;

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
}

/// The names that a template may use.
#[derive(Clone, Debug)]
pub struct Known {
    names: Vec<&'static str>,
    columns: Vec<(String, ColumnKind)>,
    output_fields: Option<Vec<String>>,
    /// The steps whose outputs the template sees, each with whether there can be several of them.
    steps: Vec<(String, bool)>,
    /// What is known of `output`, of `item`, and of the outputs of steps by their names.
    output: Option<Shape>,
    item: Option<Shape>,
    outputs: BTreeMap<String, Shape>,
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
            TemplateUse::Generation => &["context", "llm_schema"],
            TemplateUse::Judge => &["context", "llm_schema", "verdict_schema", "output"],
            TemplateUse::Check => &["context", "output", "attempt"],
            TemplateUse::Match => &["context", "output", "attempt", "model", "candidate"],
        });
        let output_fields = output_fields.map(<[String]>::to_vec);
        Self { output_fields, ..Self::of_context(&names, columns) }
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

    /// Says that `item` is an output of the step `of`, or with `field` an element of the list in that field. The
    /// schema of these has to be set before.
    #[must_use]
    pub fn with_item_of(mut self, of: &str, field: Option<&str>) -> Self {
        self.item = match (self.outputs.get(of), field) {
            (Some(output), Some(field)) => output.elements_of(field),
            (output, None) => output.cloned(),
            (None, Some(_)) => None,
        };
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
        self.names.retain(|name| !matches!(*name, "row" | "group" | "context"));
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
            outputs: BTreeMap::new(),
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
        known
    }

    /// Checks that `template` uses only names, filters, tests and functions that exist.
    pub(super) fn check(&self, template: &Template) -> Result<(), PromptError> {
        let source = template.source();
        if let Some(fault) = self.fault(template.names(), template.expressions(), source) {
            return Err(fault.at(template));
        }
        match template.try_out(self.trial()) {
            Err(error) if fails_for_every_row(&error) => Err(template.origin().jinja(&error, source)),
            _ => Ok(()),
        }
    }

    /// What cannot work in a template that uses `names` (sorted, with attributes): a name that cannot have a value, or
    /// a text that is compared with a number.
    pub(super) fn fault(&self, names: &[String], expressions: &Expressions, source: &str) -> Option<Fault> {
        let (excused, called) = (excused(expressions, source), called(expressions, source));
        // No value has methods, which is said elsewhere and better.
        let is_method = |name: &str| name.contains('.') && called.contains(name);
        let unknown = names.iter().find_map(|name| {
            self.unknown(name).filter(|fault| !excused.contains(&fault.name) && !is_method(&fault.name))
        });
        unknown.or_else(|| {
            let is_text = |path: &str| names.iter().any(|name| name == path) && self.is_untyped(path);
            let found = text_and_number(expressions, source, &is_text)?;
            Some(Fault {
                message: format!("`{}`: `{}` {}", found.written, found.path, found.problem.words()),
                name: found.path,
                offset: Some(found.offset),
                hint: HINT.to_owned(),
            })
        })
    }

    /// Whether `path` is a column whose cells are texts.
    fn is_untyped(&self, path: &str) -> bool {
        let name = path.strip_prefix("row.").filter(|_| self.names.contains(&"row"));
        name.is_some_and(|name| self.columns.iter().any(|(column, kind)| column == name && kind.is_text()))
    }

    /// Why the path `name` cannot have a value; `None` if it can.
    fn unknown(&self, name: &str) -> Option<Fault> {
        let (head, rest) = name.split_once('.').map_or((name, None), |(head, rest)| (head, Some(rest)));
        if !self.names.contains(&head) {
            return if BUILT_IN.contains(&head) { None } else { Some(self.unknown_head(head)) };
        }
        // A column with a dot in its name, written `row["a.b"]`, is compared as a whole.
        let (rest, first) = (rest?, rest?.split('.').next()?);
        let (what, known): (&str, Vec<&str>) = match head {
            "row" => ("the input has no column", self.columns.iter().map(|(name, _)| name.as_str()).collect()),
            "output" => match &self.output_fields {
                Some(fields) => ("the schema has no field", fields.iter().map(String::as_str).collect()),
                None => return self.output.as_ref().and_then(|shape| in_shape(shape, head, rest)),
            },
            "group" => ("a group has no", vec!["key", "n_rows"]),
            "steps" => ("there is no step", self.steps.iter().filter_map(|(step, _)| step.split('.').next()).collect()),
            "item" => return self.item.as_ref().and_then(|shape| in_shape(shape, head, rest)),
            _ => return None,
        };
        if known.contains(&first) || known.contains(&rest) {
            return self.unknown_within(head, rest);
        }
        Some(Fault {
            name: format!("{head}.{first}"),
            message: format!("`{head}.{first}`: {what} `{first}`"),
            hint: nearest(first, known.iter().copied()).map_or_else(
                || format!("known: {}", known.join(", ")),
                |near| format!("did you mean `{}`?", access(head, near)),
            ),
            offset: None,
        })
    }

    fn unknown_head(&self, head: &str) -> Fault {
        let near = nearest(head, self.names.iter().copied()).map(str::to_owned);
        let reason = if NAMES.contains(&head) { "is not available here" } else { "is not known" };
        Fault {
            name: head.to_owned(),
            message: format!("`{head}` {reason}"),
            hint: near.filter(|near| near != head).map_or_else(
                || format!("available: {}", self.names.join(", ")),
                |near| format!("did you mean `{near}`?"),
            ),
            offset: None,
        }
    }

    /// The same for what stands behind a known column, field or step.
    fn unknown_within(&self, head: &str, rest: &str) -> Option<Fault> {
        match head {
            "output" => self.output.as_ref().and_then(|shape| in_shape(shape, head, rest)),
            "steps" => {
                let is_step = |name: &&(String, bool)| rest.strip_prefix(&name.0).is_some_and(|it| it.starts_with('.'));
                let (step, several) = self.steps.iter().filter(is_step).max_by_key(|(name, _)| name.len())?;
                let shape = self.outputs.get(step)?.clone();
                let shape = if *several { shape.list() } else { shape };
                in_shape(&shape, &format!("steps.{step}"), rest.get(step.len() + 1..)?)
            }
            "row" => {
                let is_column = |name: &str| rest.strip_prefix(name).is_some_and(|it| it.starts_with('.'));
                if self.columns.iter().any(|(name, _)| name == rest) {
                    return None;
                }
                let (column, kind) = self.columns.iter().find(|(name, _)| is_column(name))?;
                let what = kind.scalar()?;
                let after = rest.get(column.len() + 1..)?.split('.').next()?;
                Some(Fault {
                    name: format!("row.{column}.{after}"),
                    message: format!("`row.{column}.{after}`: the column `{column}` holds {what}, which has no parts"),
                    hint: format!("if its cells are JSON, set `input.types: {{{column}: json}}`"),
                    offset: None,
                })
            }
            _ => None,
        }
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
            "attempt" | "candidate" | "n_rows" | "n_included" => Value::from(1),
            // The outputs of other steps are not known here.
            "steps" => {
                let names = self.steps.iter().filter_map(|(step, _)| step.split('.').next());
                Value::from(
                    names.map(|name| (name, Value::from(BTreeMap::<&str, Value>::new()))).collect::<BTreeMap<_, _>>(),
                )
            }
            "parents" => Value::from(Vec::<Value>::new()),
            _ => Value::from("text"),
        };
        Value::from(self.names.iter().map(|&name| (name, value(name))).collect::<BTreeMap<_, _>>())
    }
}

/// Functions that every template can call.
const BUILT_IN: [&str; 4] = ["range", "dict", "namespace", "debug"];

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
