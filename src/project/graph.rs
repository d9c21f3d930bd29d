//! The graph of a project's steps: the root, the ancestors and the descendants of each. Pure functions of a
//! [`Project`].

use std::collections::BTreeSet;

use super::{Project, Setup};
use crate::config::{Each, JoinKey};

fn find(project: &Project, name: &str) -> Option<usize> {
    project.steps.iter().position(|setup| setup.config.step.name() == name)
}

fn parents(project: &Project, index: usize) -> impl Iterator<Item = usize> {
    let each = project.steps.get(index).map(|setup| &setup.config.step.each);
    each.into_iter().flat_map(Each::parents).filter_map(move |name| find(project, name))
}

/// The root of a step: the step over the input from whose row or group each of its work items is derived; `None` where
/// a work item may have several.
pub fn root(project: &Project, index: usize) -> Option<&Setup> {
    let setup = project.steps.get(index)?;
    if let Each::Join { by: JoinKey::Field(_), .. } = setup.config.step.each {
        return None;
    }
    match parents(project, index).next() {
        Some(parent) => root(project, parent),
        None => Some(setup),
    }
}

/// Whether a step's work items are derived from a group, because it or an ancestor joins by group.
pub fn is_by_group(project: &Project, index: usize) -> bool {
    let each = project.steps.get(index).map(|setup| &setup.config.step.each);
    match each {
        Some(Each::Join { by: JoinKey::Group, .. }) => true,
        Some(Each::Join { by: JoinKey::Field(_), .. }) | None => false,
        Some(_) => parents(project, index).next().is_some_and(|parent| is_by_group(project, parent)),
    }
}

/// The names of all ancestors of a step, each with whether one of its work items may be derived from several of the
/// ancestor's outputs.
pub fn ancestors(project: &Project, index: usize) -> Vec<(String, bool)> {
    let mut found: Vec<(usize, bool)> = Vec::new();
    above(project, index, &mut found);
    found.sort_unstable();
    found.into_iter().map(|(at, several)| (project.steps[at].config.step.name().to_owned(), several)).collect()
}

/// The names of the ancestors of which a work item of a step sees one output, or none where `when` skipped it.
pub fn skippable(project: &Project, index: usize) -> Vec<String> {
    let certain = certain(project, index);
    let single = ancestors(project, index).into_iter().filter(|(_, several)| !several).map(|(name, _)| name);
    single.filter(|name| find(project, name).is_none_or(|at| !certain.contains(&at))).collect()
}

/// The ancestors that have an output wherever a step has a work item that is not skipped.
fn certain(project: &Project, index: usize) -> BTreeSet<usize> {
    let all: Vec<usize> = parents(project, index).collect();
    let needed = |parent: &usize| all.len() == 1 || never_skipped(project, *parent);
    let needed = all.iter().copied().filter(needed);
    needed.flat_map(|parent| certain(project, parent).into_iter().chain([parent])).collect()
}

/// Whether `when` skips no work item of a step. A join is skipped where all of what it joins is.
fn never_skipped(project: &Project, index: usize) -> bool {
    let has_condition = project.steps[index].config.step.when.is_some();
    let mut parents = parents(project, index).peekable();
    !has_condition && (parents.peek().is_none() || parents.any(|parent| never_skipped(project, parent)))
}

fn above(project: &Project, index: usize, found: &mut Vec<(usize, bool)>) {
    let each = &project.steps[index].config.step.each;
    // A join by group or field combines several rows; a join by row combines the outputs of one row.
    let gathers = matches!(each, Each::Join { by: JoinKey::Group | JoinKey::Field(_), .. });
    let joins = matches!(each, Each::Join { .. });
    for parent in parents(project, index) {
        let mut own: Vec<(usize, bool)> = vec![(parent, false)];
        above(project, parent, &mut own);
        for (at, several) in own {
            let several = several || gathers || (joins && spreads(project, at));
            match found.iter_mut().find(|(other, _)| *other == at) {
                Some((_, before)) => *before |= several,
                None => found.push((at, several)),
            }
        }
    }
}

/// Whether a row becomes several work items of a step.
fn spreads(project: &Project, index: usize) -> bool {
    let each = &project.steps[index].config.step.each;
    match each {
        Each::Join { .. } => false,
        _ => each.fans_out() || parents(project, index).any(|parent| spreads(project, parent)),
    }
}

/// All steps that are derived from a step.
pub fn descendants(project: &Project, index: usize) -> impl Iterator<Item = &Setup> {
    let name = project.steps[index].config.step.name().to_owned();
    (index + 1..project.steps.len()).filter_map(move |at| {
        let is_derived = ancestors(project, at).iter().any(|(it, _)| *it == name);
        is_derived.then(|| &project.steps[at])
    })
}
