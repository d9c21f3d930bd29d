//! The files of objects (`outputs.files`), held against the schemas and the links of their steps, and compiled.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::error::CompileError;
use super::names::{columns_of, fields_of, known, settings_of};
use super::read_steps::read_steps;
use crate::config::{Each, FileField, FileReference, OutputFile, ReferenceTarget, is_called, nearest};
use crate::engine::error::EngineError;
use crate::engine::out_folder::is_taken;
use crate::engine::run_object::{run_object, shape_of};
use crate::project::{Project, Setup, graph};
use crate::prompt::{Known, Rule, TemplateUse};
use crate::record::{ColumnKind, OutputPath};
use crate::stage::derive::ReadSteps;
use crate::stage::export::objects::{
    FieldValue, ObjectContent, ObjectField, ObjectFile, ObjectFiles, ObjectReference, ObjectSource, ReferredObjects,
};

/// The files of objects of a project over a table with these columns. `out_path` is the folder of its files, as people
/// write it.
pub(in crate::engine) fn objects(
    project: &Project,
    table: (&[String], &[ColumnKind]),
    out_path: &str,
) -> Result<ObjectFiles, EngineError> {
    let written = &project.config.outputs.files;
    if written.is_empty() {
        return Ok(ObjectFiles::default());
    }
    let run = run_object(project, out_path);
    let mut files = Vec::with_capacity(written.len());
    for (index, file) in written.iter().enumerate() {
        let key = format!("outputs.files[{index}]");
        let compiled = if file.step.is_some() {
            of_step(project, file, &key, table)
        } else {
            about_run(project, file, &key, &run)
        };
        files.push(Arc::new(compiled?));
    }
    let vars: Map<String, Value> =
        project.steps.iter().map(|it| (it.config.step.name().to_owned(), json!(it.config.vars))).collect();
    let about_run = written.iter().any(|file| file.step.is_none());
    let configured = json!({"files": written, "vars": vars, "run": about_run.then_some(&run)});
    Ok(ObjectFiles { files, run, configured })
}

fn wrong(key: &str, problem: String, hint: Option<String>) -> CompileError {
    CompileError::NoObjects { key: key.to_owned(), problem, hint }
}

/// Refuses the name of another file or folder of the output folder.
fn check_name(file: &OutputFile, key: &str) -> Result<(), CompileError> {
    if !is_taken(&file.name) {
        return Ok(());
    }
    let problem = format!("`{}` is a name that Casebook gives to a file of its own", file.name);
    Err(wrong(&format!("{key}.name"), problem, Some("choose another one".to_owned())))
}

fn about_run(project: &Project, file: &OutputFile, key: &str, run: &Value) -> Result<ObjectFile, EngineError> {
    check_name(file, key)?;
    let setup = project.last();
    let settings = setup.map(settings_of).unwrap_or_default();
    let known = Known::of_run(&Arc::new(shape_of(run)), &settings);
    let rule = |field: &FileField| {
        let value = field.value.clone().unwrap_or_default();
        Ok((field.name.clone(), Rule::compile(&value, &format!("{key}.fields.{}", field.name), &known)?))
    };
    let fields = file.fields.iter().flatten().map(rule).collect::<Result<_, EngineError>>()?;
    let content = ObjectContent::Run { variables: settings.value(), fields };
    Ok(ObjectFile { name: file.name.clone(), is_lines: file.is_lines(), content })
}

pub(super) fn of_step(
    project: &Project,
    file: &OutputFile,
    key: &str,
    table: (&[String], &[ColumnKind]),
) -> Result<ObjectFile, EngineError> {
    check_name(file, key)?;
    let mut sources = Vec::new();
    for place in called(project, file.step.as_deref().unwrap_or_default()) {
        sources.push(ObjectCompiler { project, place, file, key, table }.source()?);
    }
    let content = ObjectContent::List { list: file.list.clone(), id_prefix: file.id_prefix.clone(), sources };
    Ok(ObjectFile { name: file.name.clone(), is_lines: file.is_lines(), content })
}

/// The places of the steps that a name names: one, or the perspectives of one.
pub(super) fn called<'a>(project: &'a Project, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let steps = project.steps.iter().enumerate();
    steps.filter(move |(_, setup)| setup.config.step.is_called(name)).map(|(place, _)| place)
}

/// Whether outputs of a step may have fields that nobody knows yet.
pub(super) fn is_open(setup: &Setup) -> bool {
    setup.unwritten || setup.contract.fields().is_empty()
}

/// Compiles what becomes of the outputs of one step.
struct ObjectCompiler<'a> {
    project: &'a Project,
    /// The place of the step.
    place: usize,
    file: &'a OutputFile,
    key: &'a str,
    table: (&'a [String], &'a [ColumnKind]),
}

impl ObjectCompiler<'_> {
    fn setup(&self) -> &Setup {
        &self.project.steps[self.place]
    }

    fn source(&self) -> Result<ObjectSource, EngineError> {
        let setup = self.setup();
        let step = &setup.config.step;
        let columns = columns_of(setup, self.table);
        let known = known(self.project, self.place, TemplateUse::OutputFile, &columns, &fields_of(setup));
        let known = if self.file.id_prefix.is_some() { known } else { known.without_id() };
        let own_id = self.file.fields.is_none() && self.file.id_prefix.is_some();
        if own_id && fields_of(setup).iter().any(|name| name == "id") {
            let problem = format!("the outputs of `{}` have a field `id` of their own", step.name());
            let hint = "list the `fields`, and call it otherwise there: `{source_id: output.id}`".to_owned();
            return Err(wrong(&format!("{}.id_prefix", self.key), problem, Some(hint)).into());
        }
        let fields = self.file.fields.iter().map(|fields| self.fields(fields, &known)).next().transpose()?;
        let references = self.file.references.iter().map(|it| self.reference(it, &known));
        let references = references.collect::<Result<Vec<_>, EngineError>>()?;
        let ancestors = graph::ancestors(self.project, self.place).into_iter();
        Ok(ObjectSource {
            step: step.name().to_owned(),
            is_derived: step.each != Each::Source,
            several: ancestors.filter(|(_, several)| *several).map(|(name, _)| name).collect(),
            read: self.read(fields.as_deref().unwrap_or_default(), &references),
            columns,
            variables: settings_of(setup).value(),
            perspective: step.perspective.as_ref().map(|it| it.name.clone()),
            fields,
            references,
        })
    }

    /// The steps that the fields and references of the file read; `None` where the mapping for evaluation tools, which
    /// sees what they see, may read others.
    fn read(&self, fields: &[ObjectField], references: &[ObjectReference]) -> Option<ReadSteps> {
        let mapping = serde_json::to_string(&self.project.config.outputs.mapping).ok()?;
        if mapping.contains("steps") || mapping.contains("debug") {
            return None;
        }
        let mut paths: BTreeSet<String> = BTreeSet::new();
        for field in fields {
            if let FieldValue::Rule(rule) = &field.value {
                paths.extend(rule.reads());
            }
        }
        for reference in references {
            match &reference.target {
                ReferredObjects::Lineage { .. } => _ = paths.insert(format!("steps.{}", reference.step)),
                ReferredObjects::Value { value, .. } => paths.extend(value.reads()),
            }
        }
        read_steps(self.project, self.place, &paths)
    }

    fn fields(&self, fields: &[FileField], known: &Known) -> Result<Vec<ObjectField>, EngineError> {
        let compile = |field: &FileField| {
            let place = self.file.references.iter().position(|it| it.name == field.name);
            let value = match (&field.value, place) {
                (Some(value), _) => {
                    FieldValue::Rule(Rule::compile(value, &format!("{}.fields.{}", self.key, field.name), known)?)
                }
                (None, Some(index)) => FieldValue::Reference(index),
                (None, None) => {
                    self.check_field(&field.name)?;
                    FieldValue::Output
                }
            };
            Ok(ObjectField { name: field.name.clone(), value })
        };
        fields.iter().map(compile).collect()
    }

    /// Refuses the name of a field that no output of the step has.
    fn check_field(&self, name: &str) -> Result<(), CompileError> {
        let setup = self.setup();
        let fields = fields_of(setup);
        if is_open(setup) || fields.iter().any(|field| field == name) {
            return Ok(());
        }
        let problem = format!("the outputs of `{}` have no field `{name}`", setup.config.step.name());
        let hint = nearest(name, fields.iter().map(String::as_str)).map_or_else(
            || {
                format!(
                    "their fields are {}; any other takes an expression, as in `{{{name}: row.NAME}}`",
                    fields.join(", ")
                )
            },
            |near| format!("did you mean `{near}`?"),
        );
        Err(wrong(&format!("{}.fields", self.key), problem, Some(hint)))
    }

    fn reference(&self, reference: &FileReference, known: &Known) -> Result<ObjectReference, EngineError> {
        let key = format!("{}.references.{}", self.key, reference.name);
        let files = &self.project.config.outputs.files;
        let file = files.iter().position(|it| it.gives_ids_to(&reference.step));
        let target = match &reference.target {
            ReferenceTarget::Lineage { many } => {
                self.check_lineage(reference, *many, &key)?;
                ReferredObjects::Lineage { many: *many }
            }
            ReferenceTarget::Value { by, value } => {
                self.check_by(reference, by, &key)?;
                let value = Rule::compile(&json!(value), &format!("{key}.value"), known)?;
                ReferredObjects::Value { by: by.clone(), value }
            }
        };
        let (name, step) = (reference.name.clone(), reference.step.clone());
        // The configuration is refused if no file, or several, give the ids.
        Ok(ObjectReference { name, step, file: file.unwrap_or(usize::MAX), target })
    }

    /// Checks that each work item goes back to one object, or may go back to several where a list is wanted.
    fn check_lineage(&self, reference: &FileReference, many: bool, key: &str) -> Result<(), CompileError> {
        let own = self.setup().config.step.name();
        let step = &reference.step;
        let ancestors = graph::ancestors(self.project, self.place);
        let found: Vec<&(String, bool)> = ancestors.iter().filter(|(name, _)| is_called(name, step)).collect();
        if found.is_empty() {
            let problem = format!("the work items of `{own}` are not made from outputs of `{step}`");
            let hint = format!("look them up by a value: `{{step: {step}, by: FIELD, value: output.FIELD}}`");
            return Err(wrong(key, problem, Some(hint)));
        }
        if !many && (found.len() > 1 || found.iter().any(|(_, several)| *several)) {
            let problem = format!("a work item of `{own}` may be made from several outputs of `{step}`");
            let hint = format!("write `{{step: {step}, many: true}}` for a list of their ids");
            return Err(wrong(key, problem, Some(hint)));
        }
        Ok(())
    }

    /// Checks that the outputs that are looked up have the field that they are looked up by.
    fn check_by(&self, reference: &FileReference, by: &OutputPath, key: &str) -> Result<(), CompileError> {
        for place in called(self.project, &reference.step) {
            let setup = &self.project.steps[place];
            if is_open(setup) {
                continue;
            }
            if let Err(unknown) = setup.contract.types_at(by) {
                let problem = format!("the outputs of `{}` have no `{by}`", setup.config.step.name());
                let hint =
                    unknown.hint().unwrap_or_else(|| format!("their fields are {}", fields_of(setup).join(", ")));
                return Err(wrong(&format!("{key}.by"), problem, Some(hint)));
            }
        }
        Ok(())
    }
}
