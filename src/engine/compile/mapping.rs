//! How outputs become items for evaluation tools (`outputs.mapping`), held against the schemas, and compiled.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::error::CompileError;
use super::names::{columns_of, fields_of, known};
use super::objects::{called, is_open, of_step};
use crate::config::{FileField, Mapping, OutputFile, OutputFormat, nearest};
use crate::engine::error::EngineError;
use crate::eval_tools::EvalSettings;
use crate::project::Project;
use crate::prompt::{PromptError, Rule, TemplateUse, kind_at};
use crate::record::{ColumnKind, ColumnType};
use crate::stage::export::evals::{EvalInputPart, EvalMapping, EvalMetadata, EvalParts};
use crate::stage::export::objects::{FieldValue, ObjectFiles, ObjectSource};

/// The list of a test set's file.
const EXAMPLES: &str = "examples";

/// What the items of a project are made of; `None` where neither the configuration says it nor a file looks like a test
/// set. `objects` are the project's files of objects.
pub(in crate::engine) fn mapping(
    project: &Project,
    table: (&[String], &[ColumnKind]),
    objects: &ObjectFiles,
) -> Result<Option<Arc<EvalMapping>>, EngineError> {
    let outputs = &project.config.outputs;
    let written = outputs.mapping.clone().unwrap_or_default();
    let of_file = match &written.file {
        Some(name) => outputs.files.iter().position(|file| file.name == *name),
        None => outputs.files.iter().rposition(|file| file.list.as_deref() == Some(EXAMPLES)),
    };
    if outputs.mapping.is_none() && of_file.is_none() {
        return Ok(None);
    }
    let (entry, file) = match of_file.and_then(|at| Some((outputs.files.get(at)?.clone(), objects.files.get(at)?))) {
        Some((entry, file)) => (entry, file.clone()),
        None => {
            let entry = of_last_step(project);
            let file = of_step(project, &entry, "outputs.mapping", table)?;
            (entry, Arc::new(file))
        }
    };
    let mut parts = Vec::new();
    let places = called(project, entry.step.as_deref().unwrap_or_default());
    for (place, source) in places.zip(file.sources()) {
        let compiler = PartsCompiler { project, place, source, written: &written, sees_object: of_file.is_some() };
        match compiler.parts(table)? {
            Some(made) => parts.push(made),
            None if outputs.mapping.is_none() => return Ok(None),
            None => return Err(unmapped(project, table, false, ("outputs.mapping", "it")).into()),
        }
    }
    let names = parts.first().map(|parts| parts.metadata.names()).unwrap_or_default();
    let dataset = written.dataset.as_ref().unwrap_or(&project.config.run.name).clone();
    let settings = EvalSettings { dataset, names };
    let vars: Vec<_> = project.steps.iter().map(|setup| &setup.config.vars).collect();
    let configured = json!({
        "mapping": written, "file": entry, "files": objects.configured, "dataset": settings.dataset, "vars": vars,
    });
    let sees_object = of_file.is_some();
    Ok(Some(Arc::new(EvalMapping { files: objects.clone(), file, sees_object, parts, settings, configured })))
}

/// Refuses formats of evaluation tools where nothing says what their items are made of. `is_recorded`: the project is
/// that of a run file.
pub(in crate::engine) fn check_formats(
    project: &Project,
    table: (&[String], &[ColumnKind]),
    (formats, mapping): (&[OutputFormat], Option<&EvalMapping>),
    is_recorded: bool,
) -> Result<(), CompileError> {
    match formats.iter().find(|format| format.is_for_eval_tool()) {
        Some(format) if mapping.is_none() => {
            let what = format!("`{}`", format.name());
            Err(unmapped(project, table, is_recorded, ("outputs.formats", &what)))
        }
        _ => Ok(()),
    }
}

/// The error where nothing says what a model is asked, with an example of what to write.
fn unmapped(
    project: &Project,
    (columns, kinds): (&[String], &[ColumnKind]),
    is_recorded: bool,
    (key, what): (&str, &str),
) -> CompileError {
    let fields = project.last().map(fields_of).unwrap_or_default();
    // A key or a number is not what a model is asked.
    let is_text = |kind: &ColumnKind| !matches!(kind, ColumnKind::Typed(kind) if *kind != ColumnType::Text);
    let is_key = |name: &&String| project.config.input.key.as_ref() == Some(name) || name.eq_ignore_ascii_case("id");
    let texts = columns.iter().zip(kinds).filter(|(_, kind)| is_text(kind)).map(|(name, _)| name);
    let column = texts.filter(|name| !is_key(name)).chain(columns).next();
    let column = column.map_or_else(|| "output.QUESTION".to_owned(), |name| access("row", name));
    let field = fields.first().map_or_else(|| "output.ANSWER".to_owned(), |name| access("output", name));
    let write = if is_recorded {
        "add it to the configuration and run `casebook run CONFIG` (nothing is asked again),"
    } else {
        "write it"
    };
    CompileError::NoObjects {
        key: key.to_owned(),
        problem: format!("{what} needs items for an evaluation tool, and nothing says what a model is asked"),
        hint: Some(format!(
            "{write} with names of yours: `outputs: {{mapping: {{input: {column}, expected: {field}}}}}`; `messages` in \
             place of `input` is a list of `{{role, content}}`"
        )),
    }
}

fn access(head: &str, name: &str) -> String {
    if crate::config::is_variable(name) { format!("{head}.{name}") } else { format!("{head}[{name:?}]") }
}

/// The accepted outputs of the last step, of all its perspectives, as a file without ids.
fn of_last_step(project: &Project) -> OutputFile {
    let step = project.last().map(|setup| &setup.config.step);
    let name = step.map(|step| match step.name().split_once('.') {
        Some((name, _)) if step.perspective.is_some() => name.to_owned(),
        _ => step.name().to_owned(),
    });
    OutputFile {
        name: "outputs.mapping".to_owned(),
        step: name,
        list: None,
        id_prefix: None,
        fields: None,
        references: Vec::new(),
    }
}

/// Compiles the parts of items that are made of the outputs of one step.
struct PartsCompiler<'a> {
    project: &'a Project,
    /// The place of the step.
    place: usize,
    source: &'a ObjectSource,
    written: &'a Mapping,
    sees_object: bool,
}

impl PartsCompiler<'_> {
    /// The parts; `None` if nothing says what a model is asked.
    fn parts(&self, table: (&[String], &[ColumnKind])) -> Result<Option<EvalParts>, EngineError> {
        let setup = &self.project.steps[self.place];
        let columns = columns_of(setup, table);
        let known = known(self.project, self.place, TemplateUse::OutputFile, &columns, &fields_of(setup));
        let known = if self.sees_object { known.with_object(&Arc::new(self.schema())) } else { known };
        let rule = |part: &str, source: &Value| Rule::compile(source, &format!("outputs.mapping.{part}"), &known);
        let of_test_set =
            |field: &str, expression: &str| (self.sees_object && self.may_have(field)).then(|| expression.to_owned());
        let written = self.written;
        self.check_kinds()?;
        let input = match (&written.input, &written.messages) {
            (Some(input), _) => EvalInputPart::Text(rule("input", &json!(input))?),
            (None, messages) => {
                let messages = messages.clone().or_else(|| of_test_set("input", "object.input.messages"));
                let Some(messages) = messages else { return Ok(None) };
                EvalInputPart::Messages(rule("messages", &json!(messages))?)
            }
        };
        let optional = |part: &str, source: &Option<String>, field: &str| {
            let default = || of_test_set(field, &format!("object.{field} | default(none)"));
            let source = source.clone().or_else(default);
            source.map(|source| rule(part, &json!(source))).transpose()
        };
        let expected = optional("expected", &written.expected, "expected_output")?;
        let criteria = optional("criteria", &written.criteria, "evaluation_criteria")?;
        let metadata = match &written.metadata {
            Some(fields) => EvalMetadata::Named(self.named(fields, &rule)?),
            None if self.sees_object => EvalMetadata::OfTestSet,
            None => EvalMetadata::Named(Vec::new()),
        };
        Ok(Some(EvalParts { input, expected, criteria, metadata }))
    }

    /// Refuses parts whose values can never be what they have to be, as far as a schema says it.
    fn check_kinds(&self) -> Result<(), CompileError> {
        for (part, source, kinds, what) in [
            ("messages", &self.written.messages, &["list"][..], "a list of messages"),
            ("criteria", &self.written.criteria, &["list", "text"], "a list of texts, or one"),
        ] {
            let Some(source) = source else { continue };
            if let Some(found) = self.kind_of(source).filter(|found| !kinds.contains(found)) {
                let problem = format!("expected {what}, but by the schema `{}` is a {found}", source.trim());
                return Err(CompileError::NoObjects { key: format!("outputs.mapping.{part}"), problem, hint: None });
            }
        }
        Ok(())
    }

    /// The one kind of the values at a path such as `output.a.b`, in a word; `None` if it is not known.
    fn kind_of(&self, source: &str) -> Option<&'static str> {
        let path: Vec<&str> = source.trim().split('.').collect();
        let (head, path) = path.split_first()?;
        if path.is_empty() || !path.iter().all(|name| crate::config::is_variable(name)) {
            return None;
        }
        match *head {
            "output" if !is_open(&self.project.steps[self.place]) => {
                kind_at(&self.project.steps[self.place].contract.closed_schema(), path)
            }
            "object" if self.sees_object => kind_at(&Arc::new(self.schema()), path),
            _ => None,
        }
    }

    fn named(
        &self,
        fields: &[FileField],
        rule: &dyn Fn(&str, &Value) -> Result<Rule, PromptError>,
    ) -> Result<Vec<(String, Option<Rule>)>, EngineError> {
        let compile = |field: &FileField| match &field.value {
            Some(value) => Ok((field.name.clone(), Some(rule(&format!("metadata.{}", field.name), value)?))),
            None if self.may_have(&field.name) => Ok((field.name.clone(), None)),
            None => Err(self.no_field(&field.name).into()),
        };
        fields.iter().map(compile).collect()
    }

    fn no_field(&self, name: &str) -> CompileError {
        let names = self.names();
        let hint = nearest(name, names.iter().map(String::as_str)).map_or_else(
            || {
                format!(
                    "their fields are {}; any other takes an expression, as in `{{{name}: row.NAME}}`",
                    names.join(", ")
                )
            },
            |near| format!("did you mean `{near}`?"),
        );
        let what = if self.sees_object { "the objects of the file" } else { "the outputs" };
        let (key, problem) = ("outputs.mapping.metadata".to_owned(), format!("{what} have no field `{name}`"));
        CompileError::NoObjects { key, problem, hint: Some(hint) }
    }

    /// Whether an object may have a field.
    fn may_have(&self, name: &str) -> bool {
        self.is_open() || self.names().iter().any(|it| it == name)
    }

    /// Whether an object may have fields that nobody knows yet.
    fn is_open(&self) -> bool {
        self.source.fields.is_none() && is_open(&self.project.steps[self.place])
    }

    /// The names of the fields that are known.
    fn names(&self) -> Vec<String> {
        match &self.source.fields {
            Some(fields) => fields.iter().map(|field| field.name.clone()).collect(),
            None => {
                let mut names = fields_of(&self.project.steps[self.place]);
                names.extend(self.source.references.iter().map(|it| it.name.clone()));
                names
            }
        }
    }

    /// A schema of an object, as far as it is known.
    fn schema(&self) -> Value {
        if self.is_open() {
            return json!({});
        }
        let of_output = self.project.steps[self.place].contract.closed_schema();
        let is_of_output = |name: &String| match &self.source.fields {
            Some(fields) => fields.iter().any(|it| it.name == *name && matches!(it.value, FieldValue::Output)),
            None => self.source.references.iter().all(|it| it.name != *name),
        };
        let property = |name: &String| {
            let written = of_output.get("properties").and_then(|all| all.get(name)).filter(|_| is_of_output(name));
            written.cloned().unwrap_or_else(|| json!({}))
        };
        let mut properties: Map<String, Value> =
            self.names().into_iter().map(|name| (name.clone(), property(&name))).collect();
        properties.insert("id".to_owned(), json!({"type": "string"}));
        let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
        for definitions in ["$defs", "definitions"] {
            if let Some(found) = of_output.get(definitions) {
                schema[definitions] = found.clone();
            }
        }
        schema
    }
}
