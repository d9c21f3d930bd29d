//! The project of a live run: read without its table, and checked for what rows that come one by one cannot do.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::column::{ColumnSpec, RowShape};
use super::error::LiveError;
use crate::config::{Each, InputTypes, JoinKey};
use crate::engine::compile::CompiledStep;
use crate::engine::error::EngineError;
use crate::engine::input;
use crate::engine::options::RunOptions;
use crate::project::{Project, ProjectError};
use crate::prompt::Prompt;
use crate::record::ColumnKind;
use crate::transport::Interrupts;

/// The columns of rows, in order.
pub(super) type Columns = Vec<(String, ColumnKind)>;

/// Reads the project. Where there is no table, its rows have the columns that the configuration names and reads.
pub(super) fn live_project(options: &RunOptions) -> Result<Project, EngineError> {
    let error = match Project::of(options.origin()) {
        Ok(project) => return Ok(project),
        Err(error) => error,
    };
    if !is_about_table(&error) {
        return Err(error.into());
    }
    let mut overrides = options.overrides.clone();
    overrides.extend([("input.path", "'-'"), ("input.format", "jsonl")].map(|(key, value)| (key.into(), value.into())));
    let options = RunOptions { overrides, ..options.clone() };
    // What else is wrong is said first; what the missing table hides comes after it.
    Project::of(options.origin()).map_err(|other| if is_about_table(&other) { error } else { other }.into())
}

/// Whether an error is that there is no table.
fn is_about_table(error: &ProjectError) -> bool {
    match error {
        ProjectError::File { key, .. } => key == "input.path",
        other => other.to_string().contains("`input.path`"),
    }
}

/// The run file. A rehearsal has its own.
pub(super) fn db_path(options: &RunOptions, project: &Project) -> PathBuf {
    let suffix = if options.sample { ".service.sample.db" } else { ".service.db" };
    options.db.clone().unwrap_or_else(|| project.dir.join(format!("{}{suffix}", project.config.run.name)))
}

/// Refuses what needs more than one row.
pub(super) fn check(project: &Project) -> Result<(), LiveError> {
    if project.runs_command() {
        return Err(LiveError::Command);
    }
    if project.documents().is_some() {
        return Err(LiveError::Documents);
    }
    if project.config.cache.asks_again() {
        return Err(LiveError::AsksAgain);
    }
    for setup in &project.steps {
        let step = || setup.config.step.name().to_owned();
        if setup.unwritten {
            let path = setup.config.schema.as_ref().and_then(|schema| schema.path.clone()).unwrap_or_default();
            return Err(LiveError::Unwritten { path: setup.dir.join(path) });
        }
        if setup.config.grouping.is_some() {
            return Err(LiveError::Grouping { step: step() });
        }
        if setup.config.until.is_some() {
            return Err(LiveError::Until { step: step() });
        }
        if matches!(&setup.config.step.each, Each::Join { by: JoinKey::Group | JoinKey::Field(_), .. }) {
            return Err(LiveError::JoinsRows { step: step() });
        }
        let prompts =
            setup.asking.iter().flat_map(|it| it.judges.iter().map(|judge| &judge.prompt).chain([&it.prompt]));
        if prompts.into_iter().any(|prompt| prompt.images().next().is_some()) {
            return Err(LiveError::Images { step: step() });
        }
    }
    Ok(())
}

/// The columns of the rows: those of the table, or those that the configuration names and the prompts read.
pub(super) fn columns(project: &Project) -> Result<Columns, EngineError> {
    if !project.config.input.is_stdin() {
        let json = |kind| if kind == ColumnKind::Untyped { ColumnKind::Json } else { kind };
        return Ok(input::columns(project)?.into_iter().map(|(name, kind)| (name, json(kind))).collect());
    }
    let input = &project.config.input;
    let mut names: Vec<String> = Vec::new();
    let typed: Vec<String> = match &input.types {
        InputTypes::Columns(types) => types.keys().cloned().collect(),
        InputTypes::Infer(_) => Vec::new(),
    };
    let prompts = project.steps.iter().flat_map(|setup| setup.asking.iter());
    let prompts = prompts.flat_map(|it| [&it.prompt].into_iter().chain(it.judges.iter().map(|judge| &judge.prompt)));
    let read: BTreeSet<String> = prompts.flat_map(Prompt::reads_of_all).filter_map(|it| column(&it)).collect();
    let all = input.key.iter().chain(&input.required_columns).chain(&input.hidden).cloned().chain(typed).chain(read);
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(LiveError::NoColumns.into());
    }
    let kind = |name: &String| match &input.types {
        InputTypes::Columns(declared) => declared.get(name).map_or(ColumnKind::Json, |it| ColumnKind::Typed(*it)),
        InputTypes::Infer(_) => ColumnKind::Json,
    };
    Ok(names.into_iter().map(|name| (name.clone(), kind(&name))).collect())
}

/// The column that a path reads.
fn column(path: &str) -> Option<String> {
    let name = path.strip_prefix("row.")?.split(['.', '[']).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// How rows are read. Each row must have the key, the columns that are required, and those that templates name.
pub(super) fn shape(project: &Project, columns: &Columns, compiled: &[CompiledStep]) -> RowShape {
    let input = &project.config.input;
    let mut required: BTreeSet<&str> = input.key.iter().chain(&input.required_columns).map(String::as_str).collect();
    for (setup, compiled) in project.steps.iter().zip(compiled) {
        let paths: Vec<String> = compiled.reads(setup).into_iter().filter(|path| path.starts_with("row.")).collect();
        for place in compiled.columns.read_by(&paths).into_iter().flatten() {
            required.extend(columns.get(place).map(|(name, _)| name.as_str()));
        }
    }
    let specs = columns.iter().map(|(name, kind)| ColumnSpec {
        name: name.clone(),
        kind: *kind,
        required: required.contains(name.as_str()),
    });
    RowShape::new(specs.collect(), input.key.as_deref(), input.normalise)
}

/// The process's signals, unless they are left to it.
pub(super) fn interrupts(options: &RunOptions) -> Interrupts {
    if options.leaves_signals { Interrupts::default() } else { Interrupts::current() }
}
