//! The prompts of a project, each with the digest of what is sent, and those that a run file has seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use super::error::EngineError;
use crate::project::{Project, Setup, prompt_digest};
use crate::prompt::Prompt;
use crate::store::{self, Access, sql};

/// How many configurations of a run file a run looks at for prompts that changed, the newest first.
const MOST_CONFIGS: i64 = 100;

/// A prompt as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptVersion {
    /// The step that it is of.
    pub step: String,
    /// The judge that is asked with it; `None`: the step's own model.
    pub judge: Option<String>,
    /// The file, as the configuration names it.
    pub path: String,
    pub name: String,
    /// As its author calls it.
    pub version: Option<String>,
    /// Of what is sent, as pins have it.
    pub digest: String,
}

impl PromptVersion {
    fn new((setup, judge): (&Setup, Option<&str>), path: &str, prompt: &Prompt) -> Self {
        Self {
            step: setup.config.step.name().to_owned(),
            judge: judge.map(str::to_owned),
            path: path.to_owned(),
            name: prompt.name().to_owned(),
            version: prompt.version().map(str::to_owned),
            digest: prompt_digest(prompt),
        }
    }

    /// Whether it has the name and the version of another prompt, and another text.
    fn hides(&self, other: &Self) -> bool {
        self.version.is_some()
            && (&self.name, &self.version) == (&other.name, &other.version)
            && self.digest != other.digest
    }
}

/// The prompts of a project, those of metrics apart.
pub(super) fn prompts_of(project: &Project) -> Vec<PromptVersion> {
    let mut all = Vec::new();
    for setup in project.steps.iter().filter(|setup| !setup.config.step.is_metric()) {
        let Some(asking) = &setup.asking else { continue };
        let path = setup.config.prompts.generation.as_deref().unwrap_or_default();
        all.push(PromptVersion::new((setup, None), path, &asking.prompt));
        for judge in &asking.judges {
            all.push(PromptVersion::new((setup, Some(judge.pinned_name())), &judge.config.prompt, &judge.prompt));
        }
    }
    all
}

/// The prompts of configurations of a run file, each with the configuration (rowid), the newest first.
#[derive(Debug, Default)]
pub(super) struct RecordedPrompts {
    pub(super) prompts: Vec<(i64, PromptVersion)>,
    /// How many configurations this version cannot read.
    pub(super) unread: u64,
}

/// The prompts of all configurations of a run file.
pub(super) fn recorded(connection: &Connection) -> Result<RecordedPrompts, EngineError> {
    newest(connection, i64::MAX)
}

/// The prompts of the `most` newest configurations.
fn newest(connection: &Connection, most: i64) -> Result<RecordedPrompts, EngineError> {
    let mut all = RecordedPrompts::default();
    sql::PROMPTS_CONFIGS.each::<EngineError>(connection, &[(":most", &most)], |row| {
        let (id, snapshot): (i64, Value) = (row.get("id")?, row.get("snapshot")?);
        match Project::recorded(&snapshot, Path::new("")) {
            Ok(project) => all.prompts.extend(prompts_of(&project).into_iter().map(|it| (id, it))),
            Err(_) => all.unread += 1,
        }
        Ok(())
    })?;
    Ok(all)
}

/// Notes on prompts whose text is not the one that the run file has under the same name and version.
pub(super) fn unversioned(now: &[PromptVersion], recorded: &[(i64, PromptVersion)]) -> Vec<String> {
    let mut notes = Vec::new();
    for (index, prompt) in now.iter().enumerate() {
        let is_known = recorded.iter().any(|(_, it)| it.digest == prompt.digest);
        let is_said = now.iter().take(index).any(|it| it.digest == prompt.digest);
        if !is_known && !is_said && recorded.iter().any(|(_, it)| prompt.hides(it)) {
            notes.push(format!(
                "{}: the prompt `{}` has another text than before and the same version, {}: give it a new `version`, \
                 so that `casebook prompt log` can tell the two apart",
                prompt.path,
                prompt.name,
                prompt.version.as_deref().unwrap_or_default()
            ));
        }
    }
    notes
}

/// Notes on prompts that have the name and the version of another one of their step, and another text.
pub(super) fn namesakes<'p>(all: impl Iterator<Item = &'p PromptVersion>) -> Vec<String> {
    let mut texts: BTreeMap<_, Vec<&PromptVersion>> = BTreeMap::new();
    for prompt in all {
        let Some(version) = prompt.version.as_deref() else { continue };
        let asked = (prompt.step.as_str(), prompt.judge.as_deref());
        let of = texts.entry((prompt.name.as_str(), version, asked)).or_default();
        if !of.iter().any(|it| it.digest == prompt.digest) {
            of.push(prompt);
        }
    }
    texts.retain(|_, of| of.len() > 1);
    let said = |((name, version, _), of): ((&str, &str, _), Vec<&PromptVersion>)| {
        let paths: BTreeSet<&str> = of.iter().map(|it| it.path.as_str()).collect();
        let paths: Vec<&str> = paths.into_iter().collect();
        format!(
            "{}: {} texts are called `{name}`, version {version}: give each a `version` of its own, so that they can be \
             told apart",
            paths.join(", "),
            of.len()
        )
    };
    texts.into_iter().map(said).collect()
}

/// The same of the prompts of some projects, among themselves and for the run file at `db`, if it is there and can be
/// read.
pub(super) fn notes<'a>(projects: impl Iterator<Item = &'a Project>, db: &Path) -> Vec<String> {
    let now: Vec<PromptVersion> = projects.flat_map(prompts_of).collect();
    let mut notes = namesakes(now.iter());
    if let Some(connection) = db.exists().then(|| store::open(db, Access::Read).ok()).flatten()
        && let Ok(recorded) = newest(&connection, MOST_CONFIGS)
    {
        notes.extend(unversioned(&now, &recorded.prompts));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(version: Option<&str>, digest: &str) -> PromptVersion {
        PromptVersion {
            step: "generate".to_owned(),
            judge: None,
            path: "p.yaml".to_owned(),
            name: "sort".to_owned(),
            version: version.map(str::to_owned),
            digest: digest.to_owned(),
        }
    }

    #[test]
    fn a_new_text_needs_a_new_version() {
        let recorded = [(1, prompt(Some("1"), "a")), (2, prompt(Some("2"), "b")), (3, prompt(None, "d"))];
        let noted = |version, digest| unversioned(&[prompt(version, digest)], &recorded).len();
        assert_eq!(noted(Some("2"), "c"), 1);
        assert_eq!(noted(Some("3"), "c"), 0);
        assert_eq!(noted(None, "c"), 0, "what has no version promises none");
        assert_eq!(noted(Some("2"), "b"), 0);
        assert_eq!(noted(Some("2"), "a"), 0, "a text that was there before is no new one");
        let all = [prompt(Some("2"), "a"), prompt(Some("2"), "b"), prompt(Some("3"), "c"), prompt(None, "d")];
        assert_eq!(namesakes(all.iter()).len(), 1);
        assert_eq!(namesakes(all[1..].iter()).len(), 0);
    }
}
