//! Which steps the templates of a step read of those that its work items go back to ([`read_steps`]).

use std::collections::BTreeSet;

use crate::config::is_called;
use crate::project::{Project, graph};
use crate::stage::derive::ReadSteps;

/// The steps that the step at `index` reads by `paths`, such as `steps.facts.rules`; `None` where paths do not tell:
/// `steps` as a whole may be any of them, and so may what `debug()` shows.
pub(super) fn read_steps<'a>(
    project: &Project,
    index: usize,
    paths: impl IntoIterator<Item = &'a String>,
) -> Option<ReadSteps> {
    let mut read: BTreeSet<&str> = BTreeSet::new();
    for path in paths {
        let mut names = path.split('.');
        match (names.next(), names.next()) {
            (Some("debug"), _) | (Some("steps"), None) => return None,
            (Some("steps"), Some(name)) => _ = read.insert(name),
            _ => {}
        }
    }
    Some(called(project, index, &read))
}

/// The steps before the one at `index` that are called one of `read`, or are perspectives of one.
fn called(project: &Project, index: usize, read: &BTreeSet<&str>) -> ReadSteps {
    let before = |index: usize| graph::ancestors(project, index).into_iter().map(|(name, _)| name);
    let names: BTreeSet<String> = before(index).filter(|step| read.iter().any(|name| is_called(step, name))).collect();
    let place = |name: &String| project.steps.iter().position(|it| it.config.step.name() == name);
    let leads = |step: &String| place(step).is_some_and(|at| before(at).any(|it| names.contains(&it)));
    let behind = if names.is_empty() { BTreeSet::new() } else { before(index).filter(leads).collect() };
    ReadSteps { names, behind }
}
