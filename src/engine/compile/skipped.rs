//! Outputs that a step's templates read without asking whether they are there, though `when` may have skipped the work
//! item that they come from. Some condition may well rule that out, so that it is said and not refused.

use std::collections::BTreeSet;

use crate::project::{Project, graph};
use crate::prompt::{Checks, Condition, Rule, is_within};

/// A note for each such output.
pub(super) fn notes(
    project: &Project,
    index: usize,
    checks: &Checks,
    when: Option<&Condition>,
    rule: Option<&Rule>,
) -> Vec<String> {
    let setup = &project.steps[index];
    let mut read: BTreeSet<String> = checks.unguarded();
    read.extend(rule.iter().flat_map(|rule| rule.unguarded()));
    if let Some(asking) = &setup.asking {
        read.extend(asking.prompt.unguarded());
        read.extend(asking.judges.iter().flat_map(|judge| judge.prompt.unguarded()));
    }
    if let Some(when) = when {
        // What `when` asks about is there for all others.
        let asked = when.asked();
        read.retain(|path| !asked.iter().any(|it| is_within(path, it)));
        read.extend(when.unguarded());
    }
    let skippable = graph::skippable(project, index).into_iter();
    let missing = skippable.filter(|name| read.iter().any(|path| is_within(path, &format!("steps.{name}"))));
    let note = |name: String| {
        let note = format!(
            "`steps.{name}` is undefined where a `when` skips `{name}`, and a work item that reads it fails there: \
             ask `steps.{name} is defined` first"
        );
        setup.config.step.message(&note)
    };
    missing.map(note).collect()
}
