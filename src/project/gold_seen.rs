//! Refuses a file of gold answers that prompts would see: as a part of a prompt, or as a document that they read.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::documents::paths;
use super::error::ProjectError;
use super::parts::path_of;
use super::setup::Setup;
use crate::config::{Documents, Experiment, Knowledge};

/// Checks that no template of these `steps` includes the file of gold answers. `files` has what they read, by its keys,
/// from the folder `dir`.
pub(super) fn check_parts(
    experiment: &Experiment,
    dir: &Path,
    (steps, files): (&[Setup], &Value),
) -> Result<(), ProjectError> {
    let Some((name, gold)) = file(experiment, dir) else { return Ok(()) };
    let included = files.as_object().into_iter().flatten().filter_map(|(key, _)| path_of(key));
    let written = steps.iter().flat_map(|setup| {
        let prompts = setup.config.prompts.generation.iter().map(String::as_str);
        prompts.chain(setup.config.judges().iter().map(|judge| judge.prompt.as_str()))
    });
    if included.chain(written).any(|path| is(&dir.join(path), &gold)) {
        return Err(seen(format!("{name} is a part of a prompt")));
    }
    Ok(())
}

/// Checks that no document of the `input` and of the collections of `knowledge` is the file of gold answers.
pub(super) fn check_documents(
    experiment: &Experiment,
    dir: &Path,
    (input, knowledge): (Option<&Documents>, &[Knowledge]),
) -> Result<(), ProjectError> {
    let Some((name, gold)) = file(experiment, dir) else { return Ok(()) };
    let holds = |wanted: &Documents, key: &str| -> Result<bool, ProjectError> {
        Ok(paths(wanted, dir, key)?.iter().any(|path| is(path, &gold)))
    };
    for (index, knowledge) in knowledge.iter().enumerate() {
        if holds(&knowledge.documents, &format!("knowledge[{index}].path"))? {
            return Err(seen(format!("{name} is a document of the knowledge `{}`", knowledge.name)));
        }
    }
    match input {
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
