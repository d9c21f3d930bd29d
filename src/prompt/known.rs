//! The names that a template may use ([`Known`]), so that a misspelt one is an error before the first call.

use std::collections::BTreeMap;

use minijinja::ErrorKind;
use minijinja::value::Value;

use super::braces;
use super::error::PromptError;
use super::origin::{column_of, explain};
use super::table::{TemplateColumns, TemplateGroup, TemplateRow};
use super::template::{Template, code};
use super::vars::NAMES;
use crate::config::{GroupingMode, nearest};

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
    columns: Vec<String>,
    output_fields: Option<Vec<String>>,
    /// The steps whose outputs the template sees, each with whether there can be several of them.
    steps: Vec<(String, bool)>,
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
        let columns = columns.names().map(str::to_owned).collect();
        Self { names, columns, output_fields: output_fields.map(<[String]>::to_vec), steps: Vec::new() }
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
            columns: columns.names().map(str::to_owned).collect(),
            output_fields: None,
            steps: Vec::new(),
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
        if let Some(unknown) = self.unknown(&template.names(), &code(source)) {
            return Err(unknown.at(template));
        }
        match template.try_render(self.trial()) {
            Err(error) if fails_for_every_row(&error) => Err(template.origin().jinja(&error, source)),
            _ => Ok(()),
        }
    }

    /// The first of `names` (sorted, with attributes) that cannot have a value when `code` is evaluated.
    pub(super) fn unknown(&self, names: &[String], code: &str) -> Option<UnknownName> {
        // A template that asks whether something is defined expects that it may not be.
        let guarded = ["is defined", "is not defined", "is undefined", "is not undefined", "default"]
            .iter()
            .any(|guard| code.contains(guard));
        names.iter().find_map(|name| {
            let (head, rest) = name.split_once('.').map_or((name.as_str(), None), |(head, rest)| (head, Some(rest)));
            if !self.names.contains(&head) {
                if BUILT_IN.contains(&head) || (guarded && NAMES.contains(&head)) {
                    return None;
                }
                let near = nearest(head, self.names.iter().copied()).map(str::to_owned);
                let reason = if NAMES.contains(&head) { "is not available here" } else { "is not known" };
                return Some(UnknownName {
                    name: head.to_owned(),
                    message: format!("`{head}` {reason}"),
                    hint: near.filter(|near| near != head).map_or_else(
                        || format!("available: {}", self.names.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    ),
                });
            }
            // A column with a dot in its name, written `row["a.b"]`, is compared as a whole.
            let (rest, first) = (rest?, rest?.split('.').next()?);
            let (what, known): (&str, Vec<&str>) = match head {
                "row" => ("the input has no column", self.columns.iter().map(String::as_str).collect()),
                "output" => {
                    ("the schema has no field", self.output_fields.as_ref()?.iter().map(String::as_str).collect())
                }
                "group" => ("a group has no", vec!["key", "n_rows"]),
                "steps" => {
                    ("there is no step", self.steps.iter().filter_map(|(step, _)| step.split('.').next()).collect())
                }
                _ => return None,
            };
            if guarded || known.contains(&first) || known.contains(&rest) {
                return None;
            }
            Some(UnknownName {
                name: format!("{head}.{first}"),
                message: format!("`{head}.{first}`: {what} `{first}`"),
                hint: nearest(first, known.iter().copied()).map_or_else(
                    || format!("known: {}", known.join(", ")),
                    |near| format!("did you mean `{}`?", access(head, near)),
                ),
            })
        })
    }

    /// Made-up values of the known names, to render a template once on trial.
    pub(super) fn trial(&self) -> Value {
        let columns = TemplateColumns::new(&self.columns);
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

/// The attribute `name` of `head`, as a template writes it.
fn access(head: &str, name: &str) -> String {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|it| it.is_alphabetic() || it == '_');
    if starts && characters.all(|it| it.is_alphanumeric() || it == '_') {
        format!("{head}.{name}")
    } else {
        format!("{head}[\"{}\"]", name.escape_default())
    }
}

/// Whether the error does not depend on the values, so that every row would meet it. Values have no methods at all.
pub(super) fn fails_for_every_row(error: &minijinja::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction | ErrorKind::UnknownMethod
    )
}

/// A name that cannot have a value.
pub(super) struct UnknownName {
    name: String,
    message: String,
    hint: String,
}

impl UnknownName {
    /// The error, at the name's first appearance in the template.
    pub(super) fn at(self, template: &Template) -> PromptError {
        let (source, offset, message) = match template.braces() {
            None => (template.source(), find_name(template.source(), &self.name), self.message),
            Some(written) => match braces::find(written, &self.name) {
                Some((found, offset)) => {
                    let message = self.message.replacen(&format!("`{}`", self.name), &format!("`{found}`"), 1);
                    (written, Some(offset), message)
                }
                None => (written, None, self.message),
            },
        };
        let line = offset.map(|offset| source[..offset].matches('\n').count() + 1);
        let column = offset.map_or(1, |offset| column_of(source, offset));
        template.origin().error(line, column, message).with_hint(self.hint)
    }

    /// The error, for the expression under `key`.
    pub(super) fn under(self, key: &str) -> PromptError {
        PromptError::Template { what: format!("`{key}`"), message: self.message, location: None, hint: Some(self.hint) }
    }
}

/// The byte offset of `name` as a whole word in a tag, or else of its first part.
fn find_name(source: &str, name: &str) -> Option<usize> {
    let word = |it: char| it.is_alphanumeric() || it == '_';
    let whole = |name: &str| {
        source.match_indices(name).map(|(offset, _)| offset).find(|&offset| {
            let before = source[..offset].chars().next_back();
            let after = source[offset + name.len()..].chars().next();
            !before.is_some_and(|it| word(it) || it == '.') && !after.is_some_and(word) && in_tag(source, offset)
        })
    };
    whole(name).or_else(|| whole(name.split('.').next()?))
}

/// Whether `offset` lies between an opening and a closing delimiter.
fn in_tag(source: &str, offset: usize) -> bool {
    let before = &source[..offset];
    let open = before.rfind("{{").max(before.rfind("{%"));
    let close = before.rfind("}}").max(before.rfind("%}"));
    open.is_some_and(|open| close.is_none_or(|close| close < open))
}

/// The error of an expression that fails for every row.
pub(super) fn expression_error(key: &str, error: &minijinja::Error, source: &str) -> PromptError {
    PromptError::Template { what: format!("`{key}`"), message: explain(error, source), location: None, hint: None }
}
