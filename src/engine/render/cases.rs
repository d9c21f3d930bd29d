//! Tests of prompts: cases in a file, each with what its request has to be. Nothing is asked.
//!
//! `file` reads the cases, `expect` compares a rendered text with them, and `made_up` makes a row of the values in a
//! case.

mod expect;
mod file;
mod made_up;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::error::RenderError;
use super::model::RenderedRequest;
use super::plan::{SceneInput, with_scene};
use super::scene::{Found, Scene};
use super::target::RenderTarget;
use super::{opened, project};
use crate::config::ConfigError;
use crate::engine::error::EngineError;
use crate::engine::options::{RunEvent, RunOptions};
use crate::engine::whole_file::{Existing, write_whole};
use crate::project::Project;
use crate::record::ColumnKind;
use expect::compare;
use file::{Case, Cases};

pub use expect::Mismatch;

/// How the cases of a file ended.
#[derive(Debug, Serialize)]
pub struct CasesOutcome {
    pub passed: usize,
    pub failed: usize,
    /// In the order of the file.
    pub cases: Vec<CaseOutcome>,
    /// The snapshot files that were written.
    pub written: Vec<PathBuf>,
}

/// How one case ended.
#[derive(Debug, Serialize)]
pub struct CaseOutcome {
    pub name: String,
    /// The line of the file that it begins on, from 1.
    pub line: u32,
    pub passed: bool,
    /// What was expected and is not so.
    pub mismatches: Vec<Mismatch>,
}

/// Holds the requests of a project to the cases in the file at `path`. With `update`, snapshot files that are missing
/// or differ are written.
pub fn check_cases(
    options: &RunOptions,
    path: &Path,
    update: bool,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<CasesOutcome, EngineError> {
    let text = fs::read_to_string(path)
        .map_err(|source| RenderError::CasesFile { path: path.to_owned(), source: Arc::new(source) })?;
    let cases = Cases::parse(&text, path)?;
    let (mut project, db) = project(options, watch)?;
    let input = opened(&mut project, watch)?;
    let columns = input.table.columns().to_vec();
    let kinds = input.source.kinds.clone();
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let mut checker = Checker { project: &project, folder, update, written: Vec::new() };
    let targets: Vec<&RenderTarget> =
        cases.cases.iter().filter(|it| it.values.is_none()).map(|it| &it.target).collect();
    let mut outcomes = Vec::with_capacity(cases.cases.len());
    if targets.is_empty() {
        for case in &cases.cases {
            outcomes.push(checker.made_up(case, (&columns, &kinds))?);
        }
    } else {
        with_scene(&project, db.as_deref(), input, &targets, watch, |scene| {
            for case in &cases.cases {
                outcomes.push(match &case.values {
                    None => checker.of_scene(case, scene)?,
                    Some(_) => checker.made_up(case, (&columns, &kinds))?,
                });
            }
            Ok(())
        })?;
    }
    let failed = outcomes.iter().filter(|it| !it.passed).count();
    Ok(CasesOutcome { passed: outcomes.len() - failed, failed, cases: outcomes, written: checker.written })
}

/// Holds requests to cases.
struct Checker<'a> {
    project: &'a Project,
    /// The folder that snapshot files are named in.
    folder: PathBuf,
    update: bool,
    written: Vec<PathBuf>,
}

impl Checker<'_> {
    /// Checks a case about a row that is made up, on a run file of its own.
    fn made_up(&mut self, case: &Case, input: (&[String], &[ColumnKind])) -> Result<CaseOutcome, EngineError> {
        let found = made_up::input(self.project, case, input);
        let found = found.map_err(|error| placed(case, error));
        let (source, table, compiled) = found?;
        let input = SceneInput { source, table, compiled };
        let project = self.project;
        with_scene(project, None, input, &[&case.target], &mut |_| {}, |scene| self.of_scene(case, scene))
    }

    fn of_scene(&mut self, case: &Case, scene: &Scene<'_>) -> Result<CaseOutcome, EngineError> {
        let requests = match scene.find(&case.target) {
            Ok(Found { requests, .. }) => requests,
            Err(EngineError::Render(error)) if !is_of_file(&error) => {
                let mismatch = Mismatch::new("a request", error.to_string());
                return Ok(ended(case, vec![mismatch]));
            }
            Err(error) => return Err(placed(case, error)),
        };
        let mut steps: Vec<&str> = requests.iter().map(|it| it.step.as_str()).collect();
        steps.dedup();
        if steps.len() > 1 {
            let several = RenderError::SeveralSteps { case: case.name.clone(), steps: steps.join(", ") };
            return Err(placed(case, several.into()));
        }
        let mut mismatches = compare(case, &requests);
        mismatches.extend(self.snapshot(case, &requests)?);
        Ok(ended(case, mismatches))
    }

    /// Compares the whole text with the snapshot file of the case, if it has one.
    fn snapshot(&mut self, case: &Case, requests: &[RenderedRequest]) -> Result<Option<Mismatch>, EngineError> {
        let Some(name) = &case.expect.equals else { return Ok(None) };
        let path = self.folder.join(name);
        let text = requests.iter().map(RenderedRequest::text).collect::<Vec<_>>().join("\n");
        let kept = match fs::read_to_string(&path) {
            // A checkout may have other line ends.
            Ok(kept) => Some(kept.replace("\r\n", "\n")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(RenderError::CasesFile { path, source: Arc::new(source) }.into()),
        };
        if kept.as_deref() == Some(text.as_str()) {
            return Ok(None);
        }
        if self.update {
            let write = || -> std::io::Result<()> {
                fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
                write_whole(&path, Existing::Replace, |out| std::io::Write::write_all(out, text.as_bytes()))
            };
            write().map_err(|source| RenderError::Snapshot { path: path.clone(), source: Arc::new(source) })?;
            self.written.push(path);
            return Ok(None);
        }
        Ok(Some(Mismatch::of_snapshot(name, kept.as_deref(), &text)))
    }
}

fn ended(case: &Case, mismatches: Vec<Mismatch>) -> CaseOutcome {
    CaseOutcome { name: case.name.clone(), line: case.line(), passed: mismatches.is_empty(), mismatches }
}

/// Whether the file of cases is wrong, rather than what is rendered.
fn is_of_file(error: &RenderError) -> bool {
    error.is_usage() && !matches!(error, RenderError::NoRow(_) | RenderError::NoKey(_))
}

/// An error about a case, with where the case is written.
fn placed(case: &Case, error: EngineError) -> EngineError {
    let EngineError::Render(error) = error else { return error };
    if !error.is_usage() {
        return error.into();
    }
    let hint = error.hint().map(std::borrow::Cow::into_owned);
    let located = ConfigError::value(format!("case {}", case.name), error.to_string(), &case.origin);
    match hint {
        Some(hint) => located.with_hint(hint).into(),
        None => located.into(),
    }
}
