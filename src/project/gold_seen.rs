//! Refuses a file of gold answers that prompts would see: as a part of a prompt, or as a document that they read.

use std::fs;
use std::path::{Path, PathBuf};

use super::documents::paths;
use super::error::ProjectError;
use super::{Project, parts};
use crate::config::{Documents, Experiment};

/// Checks that no template of `project` includes the file of gold answers.
pub(super) fn check_parts(experiment: &Experiment, project: &Project) -> Result<(), ProjectError> {
    let Some((name, gold)) = file(experiment, &project.dir) else { return Ok(()) };
    let files = project.snapshot["files"].as_object();
    let included = files.into_iter().flatten().filter_map(|(key, _)| parts::path_of(key));
    let written = project.steps.iter().flat_map(|setup| {
        let prompts = setup.config.prompts.generation.iter().map(String::as_str);
        prompts.chain(setup.config.judges().iter().map(|judge| judge.prompt.as_str()))
    });
    if included.chain(written).any(|path| is(&project.dir.join(path), &gold)) {
        return Err(seen(format!("{name} is a part of a prompt")));
    }
    Ok(())
}

/// Checks that no document of `project` is the file of gold answers.
pub(super) fn check_documents(experiment: &Experiment, project: &Project) -> Result<(), ProjectError> {
    let Some((name, gold)) = file(experiment, &project.dir) else { return Ok(()) };
    let holds = |wanted: &Documents, key: &str| -> Result<bool, ProjectError> {
        Ok(paths(wanted, &project.dir, key)?.iter().any(|path| is(path, &gold)))
    };
    for (index, knowledge) in project.config.knowledge.iter().enumerate() {
        if holds(&knowledge.documents, &format!("knowledge[{index}].path"))? {
            return Err(seen(format!("{name} is a document of the knowledge `{}`", knowledge.name)));
        }
    }
    match project.documents() {
        Some(wanted) if holds(wanted, "input.path")? => Err(seen(format!("{name} is a document of the input"))),
        _ => Ok(()),
    }
}

/// The file of gold answers, by its name and its whole path; `None` where there is none.
fn file<'a>(experiment: &'a Experiment, dir: &Path) -> Option<(&'a str, PathBuf)> {
    let name = experiment.gold.as_ref()?.path.as_deref()?;
    Some((name, fs::canonicalize(dir.join(name)).ok()?))
}

fn is(path: &Path, gold: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|path| path == gold)
}

fn seen(reason: String) -> ProjectError {
    ProjectError::Metric {
        key: "experiment.gold.path".to_owned(),
        reason,
        hint: Some(
            "a prompt that saw the right answers would measure nothing; the prompt of a metric sees them as `gold`"
                .to_owned(),
        ),
    }
}
